import type { NotEvaluated } from '../lint/finding.ts'
import { ownPolicies } from '../lint/own-policies.ts'
import type { Policy } from '../lint/policy.ts'
import { readWaivers, type Waiver, type WaiverEntry } from '../lint/waiver.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { parseManifests } from '../manifest/parse.ts'
import { fieldsOf, listOf } from '../manifest/value.ts'
import { isCustomResourceDefinition } from '../schema/custom-resource.ts'
import type { Registry } from '../schema/registry.ts'
import { readYaml } from '../spec/yaml-file.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'
import { isManifestFile } from './paths.ts'

/** Beside platform.yaml: findings accepted, policies of people's own, and CustomResourceDefinitions of their cluster. */
export const WAIVERS_FILE = 'waivers.yaml'
export const POLICIES_FOLDER = 'policies'
export const SCHEMAS_FOLDER = 'schemas'

/** What the people of a platform have decided about its judgement. */
export interface Governance {
  readonly own: readonly Policy[]
  readonly waivers: readonly Waiver[]
  readonly definitions: readonly Manifest[]
  /** What of it cannot be read or run. */
  readonly problems: readonly NotEvaluated[]
}

/**
 * Reads the governance of a tree.
 *
 * @param given files of more policies
 * @param taken names that no policy of people's own may bear
 * @throws InputError when waivers.yaml is not YAML
 */
export function readGovernance(
  reader: TreeReader | undefined,
  given: Tree,
  registry: Registry,
  taken: ReadonlySet<string>,
): Governance {
  const waived = readWaivers(reader === undefined ? [] : waiverEntries(reader))
  const own = ownPolicies(new Map([...manifestFiles(reader, POLICIES_FOLDER), ...given]), registry, taken)
  const declared = definitionsIn(manifestFiles(reader, SCHEMAS_FOLDER))
  return {
    own: own.policies.map(({ policy }) => policy),
    waivers: waived.waivers,
    definitions: declared.definitions,
    problems: [...waived.problems, ...own.problems, ...declared.problems],
  }
}

/** The files that may hold manifests in a folder of a tree, by their path in the tree. */
export function manifestFiles(reader: TreeReader | undefined, folder: string): Tree {
  const paths = (reader?.files(folder) ?? []).map(path => `${folder}/${path}`).filter(isManifestFile)
  return new Map(paths.map(path => [path, reader?.read(path) ?? '']))
}

/** The CustomResourceDefinitions in files that exist for nothing else. */
export function definitionsIn(files: Tree): Pick<Governance, 'definitions' | 'problems'> {
  const definitions: Manifest[] = []
  const problems: NotEvaluated[] = []
  for (const [file, text] of files) {
    const parsed = parseManifests(file, text)
    const found = parsed.sources.map(({ manifest }) => manifest).filter(isCustomResourceDefinition)
    definitions.push(...found)
    problems.push(...parsed.problems.map(({ range, message }) => ({ file, range, reason: message })))
    if (found.length + parsed.problems.length === 0) {
      problems.push({ file, reason: 'the file holds no CustomResourceDefinition, so no kind is known by it' })
    }
  }
  return { definitions, problems }
}

/** What stands in waivers.yaml, whether it is a waiver or not. */
export function waiverEntries(reader: TreeReader): WaiverEntry[] {
  const text = reader.read(WAIVERS_FILE)
  if (text === undefined) return []
  const yaml = readYaml(WAIVERS_FILE, text)
  return listOf(fieldsOf(yaml.value).waivers).map((value, index) => {
    const { start, length } = yaml.place(['waivers', index])
    return {
      value,
      file: WAIVERS_FILE,
      range: { start, end: { ...start, column: start.column + length, offset: start.offset + length } },
    }
  })
}
