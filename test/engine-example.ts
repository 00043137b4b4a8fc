import { enginePolicies } from '../src/cli/judge.ts'
import { lint } from '../src/lint/engine.ts'
import type { Example, ExpectedFinding } from '../src/lint/page.ts'
import type { Policy } from '../src/lint/policy.ts'
import { judgeReach, type Statement } from '../src/lint/reach-assertions.ts'
import { reachPolicy } from '../src/lint/reach-policy.ts'
import { remarksPolicy } from '../src/lint/remarks.ts'
import { lifecyclePolicies, schemaPolicy } from '../src/lint/structure.ts'
import { readWaivers } from '../src/lint/waiver.ts'
import type { Source } from '../src/manifest/manifest.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { fieldsOf, isFields, listOf } from '../src/manifest/value.ts'
import { registryOf } from '../src/schema/registry.ts'
import { builtSchemas } from '../src/schema-files.ts'

/** The policies that the engine brings along, by name. */
export const ENGINE_POLICIES = new Map(enginePolicies(registryOf(builtSchemas())).map(policy => [policy.name, policy]))

/** The day on which examples are judged. */
const TODAY = '2026-06-15'

/**
 * What a policy of the engine gives for an example. A `Waivers` or `Reach` among its manifests is the file of that kind beside them.
 */
export function engineFindings(name: string, { yaml, facts }: Example, policies: readonly Policy[]): ExpectedFinding[] {
  const { sources, problems, remarks } = parseManifests('example.yaml', yaml)
  if (problems.length > 0) throw new Error(`the example cannot be read: ${problems[0]?.message}`)
  const isOurs = ({ manifest }: Source) => manifest.apiVersion === 'waybill.dev/v1alpha1'
  const judged = sources.filter(source => !isOurs(source))
  const registry = registryOf(
    builtSchemas(),
    judged.map(({ manifest }) => manifest),
  )
  const entries = (kind: string, field: string) =>
    sources
      .filter(source => isOurs(source) && source.manifest.kind === kind)
      .flatMap(source =>
        listOf(fieldsOf(source.manifest)[field]).map((value, nth) => ({
          value,
          file: source.file,
          range: source.range([field, nth]),
        })),
      )
  const { waivers, problems: slips } = readWaivers(entries('Waivers', 'waivers'))
  if (slips.length > 0) throw new Error(`the example holds no waiver: ${slips[0]?.reason}`)
  const statements = entries('Reach', 'reach').filter((entry): entry is Statement => isFields(entry.value))
  const { findings } = lint({
    environments: [{ index: indexOf(judged, { profile: 'strict', ...facts }), severityOverrides: {} }],
    policies: [
      ...policies,
      schemaPolicy(registry),
      ...lifecyclePolicies(registry),
      remarksPolicy(remarks),
      reachPolicy(() => index => judgeReach(index, { statements })),
    ],
    waivers,
    today: TODAY,
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 1,
  })
  return findings
    .filter(({ policy }) => policy === name)
    .map(({ range, message }) => ({ line: range.start.line, message }))
}
