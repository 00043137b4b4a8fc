import { type EnvironmentFacts, PROFILES } from '../manifest/manifest-index.ts'

/** What a policy gives for an example: `line` counts from the first line of the example. */
export interface ExpectedFinding {
  readonly line: number
  readonly message: string
}

/** Manifests with the findings that the policy must give for them, and no others. */
export interface Example {
  readonly verdict: 'fail' | 'pass'
  readonly facts: Partial<EnvironmentFacts>
  readonly yaml: string
  /** The line of the page on which the YAML begins. */
  readonly line: number
  /** In the order in which findings are reported. */
  readonly findings: readonly ExpectedFinding[]
}

/** The headings of a page, in the order in which a reader needs them. */
export const SECTIONS = ['Why', 'Fix', 'When to waive it', 'References', 'Examples'] as const
export type Section = (typeof SECTIONS)[number]

/** The page of a policy: what a person reads about it, and what its test runs. */
export interface Page {
  readonly title: string
  /** What the policy asks, in a few sentences. */
  readonly about: string
  /** Text below each heading, as Markdown, without the examples. */
  readonly sections: Readonly<Record<Section, string>>
  readonly examples: readonly Example[]
}

/** Why a text is not the page of a policy. Lines count from 1. */
export interface PageProblem {
  readonly line: number
  readonly message: string
}

const EXAMPLE_FENCE = /^```yaml (fail|pass)(?: (.*))?$/
const FENCE_END = '```'
const EXPECTED = /^# (\d+): (.+)$/

/**
 * Reads the page of a policy: a title, a text and the sections in their order, with fenced examples anywhere.
 *
 * A fence opens with ```` ```yaml fail ```` or ```` ```yaml pass ````, then facts of the environment (`profile=lite tier=gold`). The last
 * lines of one that fails are its findings, each as a comment `# line: message`.
 */
export function parsePage(text: string): { readonly page: Page; readonly problems: readonly PageProblem[] } {
  const problems: PageProblem[] = []
  const lines = text.split('\n')
  const examples: Example[] = []
  const prose: string[] = []
  const bodies: { readonly heading: string; readonly line: number; readonly body: string[] }[] = []
  let title: string | undefined
  let body = prose
  let inFence = false
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const opening = inFence ? null : EXAMPLE_FENCE.exec(line)
    if (opening !== null) {
      const end = lines.indexOf(FENCE_END, at + 1)
      if (end === -1) problems.push({ line: at + 1, message: 'the example has no end' })
      const until = end === -1 ? lines.length : end
      examples.push(readExample(opening, lines.slice(at + 1, until), at + 2, problems))
      at = until
      continue
    }
    if (line.startsWith(FENCE_END)) inFence = !inFence
    if (inFence || !/^##? /.test(line)) body.push(line)
    else if (line.startsWith('# ')) title ??= line.slice(2).trim()
    else {
      body = []
      bodies.push({ heading: line.slice(3).trim(), line: at + 1, body })
    }
  }
  const about = prose.join('\n').trim()
  if (title === undefined) problems.push({ line: 1, message: 'the page has no title' })
  if (about === '') problems.push({ line: 1, message: 'nothing says what the policy asks' })
  const headings = bodies.map(({ heading }) => heading)
  if (headings.join('\n') !== SECTIONS.join('\n')) {
    problems.push({ line: bodies[0]?.line ?? 1, message: `the headings are not ${SECTIONS.join(', ')}, in this order` })
  }
  const textOf = (section: Section) => (bodies.find(({ heading }) => heading === section)?.body ?? []).join('\n').trim()
  for (const { heading, line, body: own } of bodies) {
    if (heading !== 'Examples' && own.every(one => one.trim() === '')) {
      problems.push({ line, message: `nothing stands below "${heading}"` })
    }
  }
  const sections = Object.fromEntries(SECTIONS.map(section => [section, textOf(section)])) as Record<Section, string>
  return { page: { title: title ?? '', about, sections, examples }, problems }
}

function readExample(
  [, verdict, options = '']: RegExpExecArray,
  lines: readonly string[],
  line: number,
  problems: PageProblem[],
): Example {
  const last = lines.findLastIndex(one => one.trim() !== '' && !EXPECTED.test(one))
  const findings = lines.slice(last + 1).flatMap(one => {
    const [, number, message] = EXPECTED.exec(one) ?? []
    return number === undefined || message === undefined ? [] : [{ line: Number(number), message }]
  })
  const fails = verdict === 'fail'
  if (fails !== findings.length > 0) {
    const message = fails ? 'the example fails without findings' : 'the example passes with findings'
    problems.push({ line, message })
  }
  const yaml = `${lines.slice(0, last + 1).join('\n')}\n`
  const facts = readFacts(options, line - 1, problems)
  return { verdict: fails ? 'fail' : 'pass', facts, yaml, line, findings }
}

/** What an example may say of its environment, and which values the page may give it. */
const FACTS: Readonly<Record<keyof EnvironmentFacts, (value: string) => boolean>> = {
  profile: value => (PROFILES as readonly string[]).includes(value),
  name: value => value !== '',
  tier: value => ['bronze', 'silver', 'gold', 'platinum'].includes(value),
  kubernetes: value => /^1\.\d+$/.test(value),
}

function readFacts(options: string, line: number, problems: PageProblem[]): Partial<EnvironmentFacts> {
  const words = options.split(' ').filter(word => word !== '')
  const entries = words.map(word => {
    const [name = '', ...value] = word.split('=')
    return [name, value.join('=')] as const
  })
  for (const [name, value] of entries) {
    const isFact = Object.hasOwn(FACTS, name) && FACTS[name as keyof EnvironmentFacts](value)
    if (!isFact) problems.push({ line, message: `"${name}=${value}" is no fact of an environment` })
  }
  return Object.fromEntries(entries) as Partial<EnvironmentFacts>
}
