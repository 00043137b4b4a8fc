import { fieldsOf, listOf } from '../manifest/value.ts'
import { checkFile } from '../spec/check.ts'
import { formatDuration } from '../spec/duration.ts'
import { PLATFORM_UNIT } from '../spec/platform.ts'
import { InputError } from '../spec/problem.ts'
import { readYaml } from '../spec/yaml-file.ts'
import type { TreeReader } from '../synth/tree.ts'
import type { Gate } from './gate.ts'
import { formatTime } from './instant.ts'

/** Something that was done to a unit in an environment, recorded by whoever did it. */
export interface Evidence {
  readonly what: string
  /** Seconds since 1970. */
  readonly at: number
  readonly by: string
  /** Of a rollback note: the release whose way back it tells. */
  readonly release?: string
  /** Of a sign-off: in whose place somebody signs. */
  readonly role?: string
  readonly note?: string
}

/** Kinds of evidence that gates themselves look for. */
export const BACKUP = 'backup'
export const ROLLBACK_NOTE = 'rollback-note'
export const SIGN_OFF = 'sign-off'

const INSTANT = '^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?Z$'
const word = (description: string) => ({ type: 'string', minLength: 1, description })
const demand = (what: string, required: readonly string[]) => ({
  if: { properties: { what: { const: what } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: Object.fromEntries(required.map(name => [name, {}])), required },
})

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'evidence'],
  properties: {
    apiVersion: { const: 'waybill.dev/v1alpha1' },
    kind: { const: 'Evidence' },
    evidence: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['what', 'at', 'by'],
        properties: {
          what: word('What was done: restore-test, rehearsal, backup, rollback-note, sign-off.'),
          at: { type: 'string', pattern: INSTANT, description: 'When, in UTC.', examples: ['2027-03-20T04:10:00Z'] },
          by: word('Who did it, or whose machine.'),
          release: { type: 'string', pattern: '^[0-9a-f]{12}$', description: 'The release that a note is about.' },
          role: word('The role that signs off.'),
          note: word('What came of it.'),
        },
        allOf: [demand(ROLLBACK_NOTE, ['release', 'note']), demand(SIGN_OFF, ['role'])],
      },
    },
  },
} as const

/** The folder with what is on record of every unit. */
export const EVIDENCE = 'evidence'

/** The file that holds what is on record of a unit. */
export function evidenceFile(environment: string, unit: string): string {
  return `${EVIDENCE}/${environment}/${unit}.yaml`
}

/** What is on record of a unit, newest first; a missing file records nothing. @throws InputError when it cannot be read */
export function readEvidence(reader: TreeReader, environment: string, unit: string): readonly Evidence[] {
  const file = evidenceFile(environment, unit)
  const text = reader.read(file)
  if (text === undefined) return []
  const yaml = readYaml(file, text)
  checkFile(yaml, SCHEMA)
  const entries = listOf(fieldsOf(yaml.value).evidence) as readonly (Omit<Evidence, 'at'> & { readonly at: string })[]
  return entries
    .map(({ at, ...entry }) => ({ ...entry, at: Date.parse(at) / 1000 }))
    .sort((left, right) => right.at - left.at)
}

/** The newest of a kind that was there at an instant: what lies ahead of it proves nothing. */
export function latest(evidence: readonly Evidence[], what: string, now: number): Evidence | undefined {
  return evidence.find(entry => entry.what === what && entry.at <= now)
}

/** What the environment wants on record is there, and none of it is older than its limit. */
export function evidenceGate(
  reader: TreeReader,
  environment: string,
  unit: string,
  asked: Readonly<Record<string, number>>,
  now: number,
): Gate {
  const limits = Object.entries(asked)
  if (limits.length === 0) return { name: 'evidence', state: 'not configured', reason: `${environment} asks for none` }
  if (unit === PLATFORM_UNIT) {
    return { name: 'evidence', state: 'not configured', reason: 'the shared unit holds no data of its own' }
  }
  const file = evidenceFile(environment, unit)
  const closed = (reason: string, opens: string): Gate => ({ name: 'evidence', state: 'closed', reason, opens })
  let known: readonly Evidence[]
  try {
    known = readEvidence(reader, environment, unit)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return closed(`${file} cannot be read: ${error.problems[0]?.message ?? ''}`, `mend ${file}`)
  }
  const found = limits.map(([what, limit]) => ({ what, limit, entry: latest(known, what, now) }))
  const late = found.filter(({ entry, limit }) => entry === undefined || now - entry.at > limit)
  const day = (entry: Evidence) => formatTime(entry.at)
  if (late.length === 0) {
    const told = found.map(({ what, entry }) => `${what} of ${entry === undefined ? '' : day(entry)}`)
    return { name: 'evidence', state: 'open', reason: told.join(', ') }
  }
  const reasons = late.map(({ what, limit, entry }) =>
    entry === undefined
      ? `no ${what} is on record`
      : `the ${what} of ${day(entry)} is older than ${formatDuration(limit)}`,
  )
  return closed(reasons.join('; '), `a new ${late.map(({ what }) => what).join(' and ')}, recorded in ${file}`)
}
