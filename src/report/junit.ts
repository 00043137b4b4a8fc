import type { Finding, LintResult } from '../lint/finding.ts'
import { reaches } from '../lint/severity.ts'
import type { ReportContext } from './reporter.ts'
import { amount } from './tally.ts'

/** What became of one test case; its element, by JUnit's names. */
type Outcome = 'passed' | 'failure' | 'error' | 'skipped'

interface TestCase {
  readonly classname: string
  readonly name: string
  readonly file?: string
  readonly outcome: Outcome
  /** One line: where a CI system shows attributes. */
  readonly message: string
  /** Everything: where it shows the text (GitLab shows nothing else). */
  readonly body: string
}

/**
 * JUnit XML: a suite for each policy that found something, in it one test case for each file.
 *
 * That grain is what CI systems can show: GitLab keeps the first of several cases with the same class and name, and
 * Jenkins the first of several failures in a case. A case fails when an open finding in it reaches the threshold,
 * and is skipped when all of it is waived or carried. What could not be evaluated is an error.
 */
export function junit(result: LintResult, { failOn }: ReportContext): string {
  const cases = [...judgedCases(result), ...grouped(result.findings).map(group => caseOf(group, failOn))]
  const suites = new Map<string, TestCase[]>()
  for (const item of cases) {
    const suite = suites.get(item.classname)
    if (suite === undefined) suites.set(item.classname, [item])
    else suite.push(item)
  }
  const head = attributes({ name: 'waybill', ...totals(cases) })
  const body = [...suites].map(([name, items]) => suiteXml(name, items)).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${head}>\n${body}</testsuites>\n`
}

/** A report without a test case counts as broken in most CI systems, so the run itself is one. */
function judgedCases({ notEvaluated, manifests, policies }: LintResult): TestCase[] {
  const classname = 'waybill'
  if (notEvaluated.length === 0) {
    const name = `${amount(policies, 'policy', 'policies')} judged ${amount(manifests, 'manifest')}`
    return [{ classname, name, outcome: 'passed', message: '', body: '' }]
  }
  return notEvaluated.map(({ file, range, policy, object, reason }, index) => {
    const place = [file, range?.start.line, range?.start.column].filter(part => part !== undefined).join(':')
    const body = [place, object, policy, reason].filter(part => part !== undefined && part !== '').join('\n')
    const name = `not evaluated ${index + 1}: ${policy ?? place}`
    return { classname, name, ...(file === undefined ? {} : { file }), outcome: 'error', message: reason, body }
  })
}

/** Findings by policy and file; every group has one. */
function grouped(findings: readonly Finding[]): [Finding, ...Finding[]][] {
  const groups = new Map<string, [Finding, ...Finding[]]>()
  for (const finding of findings) {
    const key = `${finding.policy}\n${finding.file}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

function caseOf(findings: readonly [Finding, ...Finding[]], failOn: ReportContext['failOn']): TestCase {
  const [{ policy, file }] = findings
  const open = findings.filter(({ state }) => state === 'open')
  const failing = open.filter(({ severity }) => reaches(severity, failOn))
  const outcome = failing.length > 0 ? 'failure' : open.length === 0 ? 'skipped' : 'passed'
  const [shown = findings[0], ...others] = failing
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const message = outcome === 'skipped' ? 'waived or carried' : `${shown.message}${more}`
  return { classname: policy, name: file, file, outcome, message, body: findings.map(block).join('\n\n') }
}

function block({ file, range, severity, state, message, object, fix, evidence = [], origin, waiver }: Finding): string {
  const label = state === 'open' ? severity : `${severity}, ${state}`
  return [
    `${file}:${range.start.line}:${range.start.column}: ${label}: ${message}`,
    `in ${object}`,
    ...evidence.map(item => `see ${item.file}:${item.range.start.line}:${item.range.start.column}: ${item.message}`),
    ...(origin === undefined ? [] : [`decided by ${origin.file}:${origin.line} (${origin.key})`]),
    ...(waiver === undefined ? [] : [`waived: ${waiver.reason}`]),
    `fix: ${fix}`,
  ].join('\n')
}

function totals(cases: readonly TestCase[]) {
  const count = (outcome: Outcome) => cases.filter(item => item.outcome === outcome).length
  return { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') }
}

function suiteXml(name: string, cases: readonly TestCase[]): string {
  const head = attributes({ name, ...totals(cases) })
  return `  <testsuite ${head}>\n${cases.map(caseXml).join('')}  </testsuite>\n`
}

const CONTENT = {
  passed: ({ body }) => (body === '' ? '' : `      <system-out>${escapeXml(body)}</system-out>\n`),
  failure: ({ message, body }) => `      <failure ${attributes({ message })}>${escapeXml(body)}</failure>\n`,
  error: ({ message, body }) => `      <error ${attributes({ message })}>${escapeXml(body)}</error>\n`,
  skipped: ({ message, body }) =>
    `      <skipped ${attributes({ message })}/>\n      <system-out>${escapeXml(body)}</system-out>\n`,
} satisfies Record<Outcome, (item: TestCase) => string>

function caseXml(item: TestCase): string {
  const { classname, name, file } = item
  const head = attributes({ classname, name, ...(file === undefined ? {} : { file }) })
  const content = CONTENT[item.outcome](item)
  return content === '' ? `    <testcase ${head}/>\n` : `    <testcase ${head}>\n${content}    </testcase>\n`
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeAttribute(String(value))}"`)
    .join(' ')
}

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function entity(character: string): string {
  return ENTITY[character] ?? character
}

/**
 * A text as the content of an element. Characters that XML 1.0 forbids even as references (most control characters,
 * lone surrogates, U+FFFE, U+FFFF) become U+FFFD; a carriage return, which a parser would drop, becomes a reference.
 */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>\r]/g, entity)
  )
}

/** A text as an attribute in double quotes, where a parser would turn every white space into a blank. */
export function escapeAttribute(text: string): string {
  return escapeXml(text).replace(/["\t\n]/g, entity)
}
