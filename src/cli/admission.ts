import { ownPolicies } from '../lint/own-policies.ts'
import { readWaivers } from '../lint/waiver.ts'
import { fieldsOf } from '../manifest/value.ts'
import { registryOf } from '../schema/registry.ts'
import { builtSchemas } from '../schema-files.ts'
import type { Rulings, SinglePolicy } from '../spec/admission.ts'
import type { TreeReader } from '../synth/tree.ts'
import { bakedPolicies } from './catalogue.ts'
import { manifestFiles, POLICIES_FOLDER, waiverEntries } from './governance.ts'

/** The built-in policies that look at one object at a time. */
export function singlePolicies(): readonly SinglePolicy[] {
  return bakedPolicies().admission.map(({ manifest, severity }) => ({ manifest, severity, matches: [] }))
}

/** The policies and waivers of a tree, as far as a cluster can be told of them. */
export function rulingsIn(reader: TreeReader): Rulings {
  const files = manifestFiles(reader, POLICIES_FOLDER)
  const taken = new Set(singlePolicies().map(({ manifest }) => manifest.metadata.name))
  const own = files.size === 0 ? { policies: [], problems: [] } : ownPolicies(files, registryOf(builtSchemas()), taken)
  const waived = readWaivers(waiverEntries(reader))
  return {
    own: own.policies.map(({ policy, source, bindings }) => ({
      manifest: source.manifest,
      severity: policy.severity,
      matches: bindings.map(({ manifest }) => fieldsOf(fieldsOf(manifest.spec).matchResources)),
    })),
    exemptions: waived.waivers.map(({ policy, target }) => ({ policy, target: { ...target } })),
    problems: [...own.problems, ...waived.problems].map(({ file = '', object, reason }) =>
      [file, ...(object === undefined ? [] : [object]), reason].join(': '),
    ),
  }
}
