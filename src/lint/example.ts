import { type Index, indexOf } from '../manifest/manifest-index.ts'
import { parseManifests } from '../manifest/parse.ts'
import type { Registry } from '../schema/registry.ts'
import { lint } from './engine.ts'
import type { Example } from './page.ts'
import type { Policy } from './policy.ts'
import { schemaPolicy } from './structure.ts'

/** Something that an example shows otherwise than its page says. `line` counts from the first line of the page. */
export interface ExampleFault {
  readonly line: number
  readonly message: string
}

/** A policy as its examples put it to the test. */
export interface TestedPolicy {
  readonly policy: Policy
  /** Whether anything among the manifests meets it at all. */
  selects(index: Index): boolean
}

/**
 * What is wrong with an example, or with the policy that it is an example of; nothing when the policy gives exactly the
 * findings that the page says. An example of manifests that the API server refuses, or that the policy never looks at,
 * proves nothing and is wrong too.
 */
export function exampleFaults({ policy, selects }: TestedPolicy, example: Example, registry: Registry): ExampleFault[] {
  const inPage = (line: number) => example.line + line - 1
  const { sources, problems, remarks, skipped } = parseManifests('example', example.yaml)
  const unread = [
    ...[...problems, ...remarks].map(({ range, message }) => ({ line: inPage(range.start.line), message })),
    ...skipped.map(({ range, reason }) => ({ line: inPage(range.start.line), message: `no manifest: ${reason}` })),
  ]
  if (unread.length > 0) return unread

  const index = indexOf(sources, { profile: 'strict', ...example.facts })
  const judge = (judged: Policy) =>
    lint({
      environments: [{ index, severityOverrides: {} }],
      policies: [judged],
      waivers: [],
      today: EXAMPLE_DAY,
      complete: false,
      notEvaluated: [],
      notes: [],
      files: 1,
    })
  const structure = judge(schemaPolicy(registry)).findings.map(({ range, message }) => ({
    line: inPage(range.start.line),
    message: `the API server refuses the example: ${message}`,
  }))
  const { findings, notEvaluated, notes, policies } = judge(policy)
  const given = findings.map(({ range, message }) => ({ line: range.start.line, message }))
  const says = (list: readonly { readonly line: number; readonly message: string }[]) =>
    new Set(list.map(({ line, message }) => `${line}: ${message}`))
  const [expectedTexts, givenTexts] = [says(example.findings), says(given)]
  const first = { line: example.line }
  return [
    ...structure,
    ...notEvaluated.map(({ range, reason }) => ({ line: inPage(range?.start.line ?? 1), message: reason })),
    ...notes.map(({ text }) => ({ ...first, message: text })),
    ...(policies === 0 ? [{ ...first, message: `the policy is off under profile "${index.facts.profile}"` }] : []),
    ...(selects(index) ? [] : [{ ...first, message: 'the policy never looks at the example' }]),
    ...given
      .filter(({ line, message }) => !expectedTexts.has(`${line}: ${message}`))
      .map(({ line, message }) => ({ line: inPage(line), message: `the page does not say: ${line}: ${message}` })),
    ...example.findings
      .filter(({ line, message }) => !givenTexts.has(`${line}: ${message}`))
      .map(({ line, message }) => ({ line: inPage(line), message: `the policy does not give: ${line}: ${message}` })),
  ]
}

/** No waiver is asked, so any day would do. */
const EXAMPLE_DAY = '2026-01-01'
