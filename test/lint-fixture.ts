import { LineCounter, type Node, parseAllDocuments } from 'yaml'
import { type LintInput, lint } from '../src/lint/engine.ts'
import type { Finding, LintResult } from '../src/lint/finding.ts'
import type { Policy } from '../src/lint/policy.ts'
import type { Manifest, Position, Range, Source } from '../src/manifest/manifest.ts'
import { type EnvironmentFacts, indexOf } from '../src/manifest/manifest-index.ts'
import type { FieldPath } from '../src/manifest/path.ts'
import type { ReportContext } from '../src/report/reporter.ts'

/** The manifests of a YAML text; a field that is absent stands where its nearest present ancestor does. */
export function sourcesOf(file: string, text: string): Source[] {
  const lines = new LineCounter()
  return parseAllDocuments(text, { lineCounter: lines }).map(document => {
    const position = (offset: number): Position => {
      const { line, col } = lines.linePos(offset)
      return { line, column: col, offset }
    }
    const range = (path: FieldPath): Range => {
      const node = path.length === 0 ? document.contents : (document.getIn(path, true) as Node | undefined)
      if (node?.range == null) return range(path.slice(0, -1))
      return { start: position(node.range[0]), end: position(node.range[1]) }
    }
    return { file, manifest: document.toJS() as Manifest, range }
  })
}

export function policy(name: string, judge: Policy['judge'], more: Partial<Policy> = {}): Policy {
  const severity = { lite: 'error', standard: 'error', strict: 'error' } as const
  return { name, family: 'pods', title: `Title of ${name}`, fix: `fix of ${name}`, severity, judge, ...more }
}

/** A policy that says one thing of every manifest of the kind. */
export function flagging(name: string, kind: string, at: FieldPath, message = 'wrong', more: Partial<Policy> = {}) {
  return policy(
    name,
    function* (index) {
      for (const source of index.ofKind(kind)) yield { source, violation: { at, message } }
    },
    more,
  )
}

export interface World extends Partial<Omit<LintInput, 'environments'>> {
  readonly yaml?: string
  readonly sources?: readonly Source[]
  readonly facts?: Partial<EnvironmentFacts>
  readonly overrides?: LintInput['environments'][number]['severityOverrides']
}

/** Lints one small environment on 2026-06-15. */
export function lintWorld({ yaml = '', sources, facts, overrides = {}, ...input }: World): LintResult {
  const all = sources ?? sourcesOf('a.yaml', yaml)
  const index = indexOf(all, { profile: 'standard', ...facts })
  return lint({
    environments: [{ index, severityOverrides: overrides }],
    policies: [],
    waivers: [],
    today: '2026-06-15',
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 1,
    ...input,
  })
}

export function rangeAt(line: number, column: number, length = 1): Range {
  return {
    start: { line, column, offset: 100 * line + column },
    end: { line, column: column + length, offset: 100 * line + column + length },
  }
}

export function findingOf(more: Partial<Finding> = {}): Finding {
  return {
    policy: 'memory-limit',
    severity: 'error',
    message: 'container "web" has no memory limit',
    at: ['spec', 'containers', 0],
    fix: 'set resources.limits.memory',
    object: 'Pod/shop/web',
    file: 'env/pod.yaml',
    range: rangeAt(3, 5, 4),
    fingerprint: '0123456789abcdef',
    state: 'open',
    ...more,
  }
}

export function resultOf(more: Partial<LintResult> = {}): LintResult {
  return { findings: [], notEvaluated: [], notes: [], files: 1, manifests: 1, policies: 1, ...more }
}

/** A context of reporting without colours, files or help. */
export function contextOf(more: Partial<ReportContext> = {}): ReportContext {
  const plain = (text: string) => text
  const colors = { bold: plain, dim: plain, red: plain, yellow: plain, cyan: plain, green: plain }
  return { version: '1.2.3', textOf: () => undefined, policies: [], failOn: 'error', colors, ...more }
}
