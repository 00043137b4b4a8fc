import { formatPath } from '../manifest/path.ts'
import { type Cause, HORIZON_DAYS, type Judgement } from './calendar-judgement.ts'
import { formatInstant, type Span } from './wall-clock.ts'

/** `2026-11-15 00:00 to 2027-01-01 00:00 Europe/Paris`. */
export function formatSpan({ from, until }: Span, zone: string): string {
  return `${formatInstant(from, zone).slice(0, -zone.length)}to ${formatInstant(until, zone)}`
}

const HOW = {
  brake: ({ detail }) => `by the brake: ${detail}`,
  freeze: ({ name }) => `by freeze "${name}"`,
  window: () => 'outside its windows',
  unreadable: ({ at, detail }) => (at.length === 0 ? `${detail}` : `${formatPath(at)}: ${detail}`),
} satisfies Record<Cause['kind'], (cause: Cause) => string>

/** `by freeze "black-friday" until 2027-01-01 00:00 Europe/Paris`: to follow "closed". */
function describeCause(cause: Cause, zone: string): string {
  const how = HOW[cause.kind](cause)
  return cause.until === undefined ? how : `${how} until ${formatInstant(cause.until, zone)}`
}

/**
 * A judgement in a sentence, with times in its zone and no date in any country's order:
 *
 * - `closed by freeze "black-friday" until 2027-01-01 00:00 Europe/Paris`
 * - `closed by freeze "a" until …; outside its windows until …; opens …`, where the end of one cause is not yet the
 *   opening
 * - `open until 2026-11-15 00:00 Europe/Paris`, `open; passes freeze "black-friday"`
 */
export function describeJudgement(judgement: Judgement): string {
  const { because, passes, opensAt, closesAt, timezone } = judgement
  if (judgement.state === 'open') {
    const passed = passes.map(({ kind, name }) => (kind === 'freeze' ? `freeze "${name}"` : name))
    const end = closesAt === undefined ? '' : ` until ${formatInstant(closesAt, timezone)}`
    return `open${end}${passed.length === 0 ? '' : `; passes ${passed.join(', ')}`}`
  }
  const causes = because.map(cause => describeCause(cause, timezone)).join('; ')
  const [first, second] = because
  if (first?.kind === 'unreadable') return `closed: the calendar cannot be read, so nothing may change: ${causes}`
  if (first?.kind === 'brake') return `closed ${causes}`
  if (opensAt === undefined) return `closed ${causes}; does not open within ${HORIZON_DAYS} days`
  if (second === undefined && first?.until === opensAt) return `closed ${causes}`
  return `closed ${causes}; opens ${formatInstant(opensAt, timezone)}`
}
