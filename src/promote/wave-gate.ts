import { formatDuration } from '../spec/duration.ts'
import { type Environment, environmentsOf, type Platform } from '../spec/platform.ts'
import { unitsOf } from '../spec/unit.ts'
import { type Wave, waveIndex } from '../spec/wave.ts'
import { short } from '../synth/unit-file.ts'
import type { Held } from './candidate.ts'
import type { Gate } from './gate.ts'
import { type Hold, heldRevisions } from './hold.ts'
import { formatTime } from './instant.ts'

/** What is known of who went where, and when. */
interface Trail {
  readonly platform: Platform
  readonly holds: readonly Hold[]
  /** Seconds since 1970. */
  readonly now: number
  history(environment: string, unit: string): readonly Held[]
}

/** A unit of an earlier wave that has not proven its share. */
interface Unproven {
  readonly wave: Wave
  readonly unit: string
  readonly reason: string
  readonly eta?: number
}

/**
 * The waves before that of a unit have brought the same change into the environment, and it has soaked there.
 *
 * Each unit has revisions of its own, so "the same" is told by the time at which the spec said so: of every unit in an
 * earlier wave, the environment has held for the soak of that wave, and nobody rolled back, a revision that stood where
 * the pipeline begins together with this one. A release of this tenant alone so waits for nobody, and pilots that have
 * moved on do not hold up what they have proven.
 */
export function waveGate(trail: Trail, target: Environment, unit: string, revision: string): Gate {
  const { waves } = target
  if (waves.length === 0) return { name: 'wave', state: 'not configured', reason: `${target.name} declares no waves` }
  const own = waveIndex(waves, unit)
  const before = unitsOf(trail.platform, target)
    .map(({ name }) => ({ name, index: waveIndex(waves, name) }))
    .filter(({ index }) => index < own)
  const unproven = before.flatMap(({ name, index }) => {
    const wave = waves[index]
    const found = wave && unprovenBy(trail, target, wave, name, unit, revision)
    return found === undefined ? [] : [found]
  })
  if (unproven.length === 0) {
    const names = waves.slice(0, own).map(({ name }) => name)
    return {
      name: 'wave',
      state: 'open',
      reason: names.length === 0 ? 'it is in the first wave' : `${names.join(', ')} went before and stood the test`,
    }
  }
  const etas = unproven.map(({ eta }) => eta)
  const eta = etas.every(each => each !== undefined) ? Math.max(...etas) : undefined
  const lacking = waves.flatMap(({ name }) => {
    const [first, ...others] = unproven.filter(({ wave }) => wave.name === name)
    if (first === undefined) return []
    return [{ name, reason: `${first.reason}${others.length === 0 ? '' : `, and ${others.length} more`}` }]
  })
  return {
    name: 'wave',
    state: 'closed',
    reason: `waits for ${lacking.map(({ name, reason }) => `wave ${name}: ${reason}`).join('; for ')}`,
    opens:
      eta === undefined
        ? `${lacking.map(({ name }) => `the wave ${name}`).join(' and ')}, once merged and soaked`
        : `time, at ${formatTime(eta)}`,
    ...(eta === undefined ? {} : { eta }),
  }
}

function unprovenBy(
  trail: Trail,
  target: Environment,
  wave: Wave,
  unit: string,
  waiting: string,
  revision: string,
): Unproven | undefined {
  const { platform, holds, now, history } = trail
  if (platform.tenants.some(({ name, retired }) => name === unit && retired)) return undefined
  const [start] = environmentsOf(platform, unit)
  if (start === undefined || start.name === target.name) return undefined
  const { environment, stretches } = beginningOf(trail, target, waiting, revision)
  const home = environmentsOf(platform, unit).some(({ name }) => name === environment) ? environment : start.name
  const together = history(home, unit).filter(held => stretches.some(stretch => overlap(held, stretch)))
  // Nothing of it was there to go before.
  if (together.length === 0) return undefined
  const back = heldRevisions(holds, target.name, unit)
  const arrived = history(target.name, unit)
  const stood = ({ since, until }: Held) => (until ?? now) - since
  // What was followed by an earlier revision did not stand the test, whatever became of its hold.
  const wasLeft = (index: number) =>
    arrived.slice(index + 1).some(({ revision: earlier }) => earlier === arrived[index - 1]?.revision)
  const proves = (of: string) =>
    !back.has(of) && arrived.some((held, index) => held.revision === of && stood(held) >= wave.soak && !wasLeft(index))
  if (together.some(held => proves(held.revision))) return undefined
  const [newest] = together
  const wanted = newest?.revision ?? ''
  if (back.has(wanted)) {
    return { wave, unit, reason: `${short(wanted)} of ${unit} was rolled back from ${target.name} and is on hold` }
  }
  const here = arrived.find(held => held.revision === wanted && held.until === undefined)
  if (here === undefined) return { wave, unit, reason: `${unit} is not at ${short(wanted)} in ${target.name}` }
  return {
    wave,
    unit,
    reason: `${unit} holds ${short(wanted)} since ${formatTime(here.since)}, ${formatDuration(wave.soak)} asked`,
    eta: here.since + wave.soak,
  }
}

/** The earliest environment that is known to have held a revision, and when. */
function beginningOf(
  { platform, history }: Trail,
  target: Environment,
  unit: string,
  revision: string,
): { environment: string; stretches: readonly Held[] } {
  for (const { name } of environmentsOf(platform, unit)) {
    if (name === target.name) break
    const stretches = history(name, unit).filter(held => held.revision === revision)
    if (stretches.length > 0) return { environment: name, stretches }
  }
  return { environment: target.name, stretches: [] }
}

function overlap(left: Held, right: Held): boolean {
  const before = (until: number | undefined, since: number) => until !== undefined && until <= since
  return !before(left.until, right.since) && !before(right.until, left.since)
}
