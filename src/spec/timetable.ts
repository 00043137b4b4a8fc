/** An entry of an Argo CD AppProject's `spec.syncWindows`, for whichever applications. */
interface SyncTimes {
  readonly kind: 'allow' | 'deny'
  /** Five fields of cron, read on the wall clock of `timeZone`. */
  readonly schedule: string
  /** As Go writes it: `1h30m`. */
  readonly duration: string
  readonly timeZone: string
  readonly description: string
}

/** A time that comes back every week: five fields of cron for its beginning and its end. */
export interface WeeklyTimes {
  readonly start: string
  readonly end: string
}

/** Part of some days of every week, in UTC: Monday is 1, and a day ends at `24:00`. No times are the whole day. */
export interface UtcTimes {
  readonly weekdays: readonly number[]
  readonly times: readonly { readonly from: string; readonly to: string }[]
}

/**
 * What a calendar means for one tenant in one environment, in the words of those who keep it: plain data, since the local
 * half of a unit holds it.
 */
export interface Timetable {
  readonly calendar: string
  /** Every time in here is on the wall clock of this zone, but for `backup`. */
  readonly timezone: string
  /** When Argo CD may bring changes, and when it may not. */
  readonly windows: readonly SyncTimes[]
  /** The day from which dated windows would be those of the year before; absent when none is dated. */
  readonly exactUntil?: string
  /** Freezes and windows that come on dates of their own, and of which nobody said for which year they are wanted. */
  readonly undated: readonly string[]
  /** Business hours, as they are stated; empty when none are. */
  readonly open: readonly WeeklyTimes[]
  /** The same with a margin before and after, merged where they meet; empty also when they never end. */
  readonly awake: readonly WeeklyTimes[]
  /** When it may be outside business hours, in UTC and at either side of daylight saving: for who knows no time zones. */
  readonly away: readonly UtcTimes[]
  /** Seconds of the longest time between two of `awake`. */
  readonly longestSleep: number
  /**
   * Six fields of cron, in UTC all year round: a moment well inside business hours for work that cannot be done outside
   * them. Absent when they are too short for one.
   */
  readonly backup?: string
  /** Why the calendar cannot be relied upon. Anything that rests on it is refused then. */
  readonly problems: readonly string[]
}
