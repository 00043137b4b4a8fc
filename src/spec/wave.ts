import { nearest } from '../manifest/nearest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { listOf as entriesOf, type Fields, fieldsOf } from '../manifest/value.ts'
import { parseDuration } from './duration.ts'
import { closed, duration, listOf, NAME, type Schema, text } from './schema-terms.ts'

/** Units that go into an environment together, in one pull request. */
export interface Wave {
  readonly name: string
  /** Absent in the last wave, which is everybody else. */
  readonly tenants?: readonly string[]
  /** Seconds for which the environment has to hold what the wave brought before the next wave may bring the same. */
  readonly soak: number
}

/** The wave of the platform unit, which is always the first one. */
const FIRST = 'platform'
/** The wave of everybody whom no other one names. */
const LAST = 'rest'
/** The one wave of an environment that declares none. */
export const ONLY_WAVE = 'all'

export const WAVES_SCHEMA: Schema = listOf(
  'Who goes first. The shared unit goes before these waves, and everybody else after them. Default: all go together.',
  closed(
    'A wave.',
    {
      name: text('What it is called; "platform" is the wave of the shared unit.', {
        pattern: NAME,
        examples: ['pilots'],
      }),
      tenants: listOf('Who is in it.', text('A tenant.', { pattern: NAME }), { minItems: 1, uniqueItems: true }),
      soak: duration('How long it has to stand here before the next wave brings the same. Default of platform: 0.'),
    },
    ['name', 'soak'],
  ),
  { minItems: 1 },
)

/** The waves of an environment in their order, that of the shared unit and that of the rest included; none declared is none. */
export function wavesOf(environment: Fields): readonly Wave[] {
  const stated = entriesOf(environment.waves).map(fieldsOf)
  if (stated.length === 0) return []
  const waves = stated.map(({ name, tenants, soak }) => ({
    name: String(name),
    tenants: name === FIRST ? [FIRST] : entriesOf(tenants).map(String),
    soak: parseDuration(soak as string | number) ?? 0,
  }))
  const first = waves.some(({ name }) => name === FIRST) ? [] : [{ name: FIRST, tenants: [FIRST], soak: 0 }]
  return [...first, ...waves, { name: LAST, soak: 0 }]
}

/** Where a unit stands among waves; -1 where none are declared. */
export function waveIndex(waves: readonly Wave[], unit: string): number {
  return waves.findIndex(({ tenants }) => tenants === undefined || tenants.includes(unit))
}

/** What no schema can say of waves: a key below them, and what is wrong there. */
export function waveProblems(
  environment: string,
  local: Fields,
  tenants: readonly { readonly name: string; readonly environments: ReadonlyMap<string, Fields> }[],
): { key: FieldPath; message: string; hint: string }[] {
  const problems: { key: FieldPath; message: string; hint: string }[] = []
  const names = tenants.map(({ name }) => name)
  const seen = new Map<string, string>()
  const waves = new Set<string>()
  for (const [index, { name: stated, tenants: members }] of entriesOf(local.waves).map(fieldsOf).entries()) {
    const name = String(stated)
    const problem = (key: FieldPath, message: string, hint: string) =>
      problems.push({ key: [index, ...key], message, hint })
    if (waves.has(name)) problem(['name'], `the wave "${name}" is declared twice`, 'give it another name')
    waves.add(name)
    if (name === FIRST ? index > 0 || members !== undefined : members === undefined) {
      problem(
        ['name'],
        name === FIRST
          ? 'the wave "platform" is the shared unit alone, and the first'
          : `nobody is in the wave "${name}"`,
        name === FIRST ? 'put it first, without tenants' : 'name its tenants',
      )
    }
    if (name === LAST || name === ONLY_WAVE || names.includes(name)) {
      problem(
        ['name'],
        `the name "${name}" is that of ${names.includes(name) ? 'a tenant' : 'another wave'}, and both would have one branch`,
        'give it another name',
      )
    }
    for (const [position, member] of entriesOf(members).map(String).entries()) {
      const tenant = tenants.find(candidate => candidate.name === member)
      const near = nearest(member, names)
      const place = ['tenants', position]
      const earlier = seen.get(member)
      if (tenant === undefined) {
        const hint = near === undefined ? `known are ${names.join(', ')}` : `did you mean "${near}"?`
        problem(place, `the wave "${name}" names "${member}", and there is no such tenant`, hint)
      } else if (!tenant.environments.has(environment)) {
        problem(
          place,
          `"${member}" does not live in "${environment}", so the wave would wait for nothing`,
          'leave it out',
        )
      } else if (earlier !== undefined) {
        problem(place, `"${member}" is in the wave "${earlier}" already`, 'leave it out of one of the two')
      }
      seen.set(member, earlier ?? name)
    }
  }
  if (waves.size > 0 && names.includes(LAST)) {
    problems.push({
      key: [],
      message: `the tenant "${LAST}" has the name of the last wave, and both would have one branch`,
      hint: 'do without waves, or give the tenant another name',
    })
  }
  return problems
}
