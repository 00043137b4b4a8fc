import type { Calendar } from './calendar.ts'
import { brakeFor, type Cause, freezeCauses, judge, type Subject } from './calendar-judgement.ts'
import { spansOf } from './recurrence.ts'
import { type EpochMilliseconds, localTime, type Span, startOfDay } from './wall-clock.ts'

/** A time of more load. */
export interface PeakTime extends Span {
  readonly name: string
  readonly factor: number
}

/**
 * One week, Monday to Sunday, as the calendar's zone counts days: seven times 24 hours, except when the clock changes.
 */
export interface Week extends Span {
  /** `2026-11-16`. */
  readonly monday: string
  /** The freezes that touch it, whole: they may begin before it and end after it. */
  readonly frozen: readonly Cause[]
  /** When a change may be made, within the week, in order. None when a brake is on. */
  readonly open: readonly Span[]
  readonly braked: boolean
  /** The peaks that touch it, whole. */
  readonly peaks: readonly PeakTime[]
}

/** The weeks from the one that `from` is in. */
export function weeksOf(calendar: Calendar, subject: Subject, from: EpochMilliseconds, weeks: number): Week[] {
  const { timezone } = calendar
  const today = localTime(from, timezone).toPlainDate()
  const monday = today.subtract({ days: today.dayOfWeek - 1 })
  const braked = brakeFor(calendar, subject) !== undefined
  return Array.from({ length: weeks }, (_, index) => {
    const first = monday.add({ weeks: index })
    const week = { from: startOfDay(first, timezone), until: startOfDay(first.add({ weeks: 1 }), timezone) }
    const within = ({ from }: Pick<Cause, 'from'>) => from === undefined || from < week.until
    return {
      monday: first.toString(),
      ...week,
      frozen: freezeCauses(calendar, subject, week).filter(within),
      open: openSpans(calendar, subject, week),
      braked,
      peaks: calendar.peaks.flatMap(({ name, factor, recurrence }) =>
        spansOf(recurrence, calendar, week, 'wide')
          .filter(within)
          .map(span => ({ name, factor, ...span })),
      ),
    }
  })
}

function openSpans(calendar: Calendar, subject: Subject, within: Span): Span[] {
  const open: Span[] = []
  for (let at: EpochMilliseconds | undefined = within.from; at !== undefined && at < within.until; ) {
    const { state, opensAt, closesAt } = judge(calendar, { ...subject, kind: 'change', instant: at })
    if (state === 'closed') {
      at = opensAt
      continue
    }
    open.push({ from: at, until: Math.min(closesAt ?? within.until, within.until) })
    at = closesAt
  }
  return open
}
