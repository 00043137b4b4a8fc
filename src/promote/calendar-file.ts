import { nearest } from '../manifest/nearest.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { type Fields, isFields } from '../manifest/value.ts'
import {
  type Brake,
  type Calendar,
  type ChangeWindow,
  type Freeze,
  LEVELS,
  type Peak,
  type Problem,
  type Scope,
  type UnreadableCalendar,
} from './calendar.ts'
import { CALENDAR_PRESETS } from './data/calendar-presets.ts'
import type { Recurrence, Weekly } from './recurrence.ts'
import { isDate, isYearDay, parseRange, parseRule } from './recurrence-rule.ts'
import { zoneName } from './wall-clock.ts'

const API_VERSION = 'waybill.dev/v1alpha1'
const KIND = 'Calendar'

/** What calendar.yaml holds. */
export interface CalendarFile {
  readonly calendars: ReadonlyMap<string, Calendar | UnreadableCalendar>
  readonly brake: Brake | undefined
  /** `2027-01-01`: the first day of the year for which windows of Argo CD are written that come on dates of their own. */
  readonly from: string | undefined
  /** All of them. One inside `calendars.<name>` makes that calendar unreadable, any other makes all of them so. */
  readonly problems: readonly Problem[]
}

/** The file of a platform that has none: no calendars and no brake. */
export const NO_CALENDARS: CalendarFile = { calendars: new Map(), brake: undefined, from: undefined, problems: [] }

/** Names that a scope may use. Where a list is absent, names of that sort go unchecked. */
export interface KnownNames {
  readonly tenants?: readonly string[]
  readonly environments?: readonly string[]
  readonly risks?: readonly string[]
}

interface Reader {
  /** Collects a problem; reading goes on, so that one run names them all. */
  readonly report: (at: FieldPath, message: string) => void
  readonly known: KnownNames
}

/**
 * Reads calendar.yaml, as plain data:
 *
 * ```yaml
 * apiVersion: waybill.dev/v1alpha1
 * kind: Calendar
 * from: 2027-01-01                              # renewed once a year; see syncWindowsOf
 * calendars:
 *   retail-eu:
 *     timezone: Europe/Paris                    # required; an IANA name
 *     businessHours: "Mon-Sat 07:00-21:00"      # or a list
 *     holidays: [2026-12-25, 01-01]
 *     presets: [retail]
 *     freezes:                                  # `from` and `to`, or `rule` and perhaps `hours`
 *       - {name: black-friday, from: 11-15, to: 12-31}
 *       - {name: stock-count, rule: "last Sat of Jun,Dec", hours: 30}
 *       - {name: month-end, rule: "BD-2..BD+2", level: app, environments: [production], tenants: [acme], risk: [high]}
 *     peaks: [{name: saturday, rule: "Sat 10:00-19:00", factor: 1.6}]
 *     windows: ["Tue,Wed 05:30-07:00"]
 * brake: {on: true, reason: "…", by: ana, tenants: [acme], environments: [production]}
 * ```
 *
 * Rules and ranges: `parseRule` and `parseRange`. Nothing is guessed: an unknown key or name is a problem, since a
 * freeze that names nobody freezes nobody.
 */
export function parseCalendars(data: unknown, known: KnownNames = {}): CalendarFile {
  const problems: Problem[] = []
  const reader: Reader = { report: (at, message) => problems.push({ at, message }), known }
  const file = readFields(data, [], 'calendar.yaml', ['apiVersion', 'kind', 'from', 'calendars', 'brake'], reader)
  if (file === undefined) return { ...NO_CALENDARS, problems }
  readConstant(file, 'apiVersion', API_VERSION, reader)
  readConstant(file, 'kind', KIND, reader)
  const from = readFrom(file, reader)
  const brake = readBrake(file.brake, reader)
  const calendars = new Map<string, Calendar | UnreadableCalendar>()
  if (file.calendars !== undefined && !isFields(file.calendars)) {
    reader.report(['calendars'], '"calendars" is no map of names to calendars, so none can be read')
  } else {
    for (const [name, fields] of Object.entries(file.calendars ?? {})) {
      const before = problems.length
      const calendar = readCalendar(name, fields, brake, reader)
      const own = problems.slice(before)
      calendars.set(name, calendar === undefined || own.length > 0 ? { name, problems: own } : calendar)
    }
  }
  return { calendars, brake, from, problems }
}

/**
 * The calendar of that name, or, without a name, one that only knows the brake. One that the file does not have is
 * unreadable, and so is every calendar of a file whose brake or head cannot be read.
 */
export function calendarNamed(file: CalendarFile, name: string | undefined): Calendar | UnreadableCalendar {
  const common = file.problems.filter(({ at }) => at[0] !== 'calendars' || at.length === 1)
  if (common.length > 0) return { name: name ?? '', problems: common }
  if (name === undefined) return emptyCalendar(file.brake)
  const calendar = file.calendars.get(name)
  if (calendar !== undefined) return calendar
  const message = `calendar.yaml has no calendar "${name}"${suggestion(name, [...file.calendars.keys()])}`
  return { name, problems: [{ at: ['calendars'], message }] }
}

function emptyCalendar(brake: Brake | undefined): Calendar {
  const none = { holidays: new Set<string>(), businessHours: [], freezes: [], peaks: [], windows: [] }
  return { name: '', timezone: 'UTC', ...none, brake }
}

const CALENDAR_KEYS = ['timezone', 'businessHours', 'holidays', 'presets', 'freezes', 'peaks', 'windows']
const WHEN_KEYS = ['from', 'to', 'rule', 'hours']
const FREEZE_KEYS = ['name', ...WHEN_KEYS, 'level', 'tenants', 'environments', 'risk']
const PEAK_KEYS = ['name', ...WHEN_KEYS, 'factor']
const BRAKE_KEYS = ['on', 'reason', 'by', 'tenants', 'environments']

function readCalendar(name: string, value: unknown, brake: Brake | undefined, reader: Reader): Calendar | undefined {
  const at = ['calendars', name]
  const fields = readFields(value, at, `calendar "${name}"`, CALENDAR_KEYS, reader)
  if (fields === undefined) return undefined
  const timezone = readZone(fields, at, reader)
  const own = readList(fields, 'freezes', at, reader).flatMap(([freezeAt, item]) => readFreeze(item, freezeAt, reader))
  for (const [index, freeze] of own.entries()) {
    if (own.findIndex(other => other.name === freeze.name) < index) {
      reader.report([...freeze.at, 'name'], `freeze "${freeze.name}" stands twice in calendar "${name}"`)
    }
  }
  const names = new Set(own.map(freeze => freeze.name))
  const shared = readPresets(fields, at, reader).filter(freeze => !names.has(freeze.name))
  const calendar = {
    name,
    holidays: readHolidays(fields, at, reader),
    businessHours: readBusinessHours(fields, at, reader),
    freezes: [...own, ...shared],
    peaks: readList(fields, 'peaks', at, reader).flatMap(([peakAt, item]) => readPeak(item, peakAt, reader)),
    windows: readWindows(fields, at, reader),
    brake,
  }
  return timezone === undefined ? undefined : { ...calendar, timezone }
}

function readZone(fields: Fields, at: FieldPath, { report }: Reader): string | undefined {
  const zoneAt = [...at, 'timezone']
  const text = fields.timezone
  if (typeof text !== 'string') {
    const where = text === undefined ? at : zoneAt
    report(where, `"timezone" is ${quoted(text)} and not a name such as "Europe/Paris", so no time can be placed`)
    return undefined
  }
  const name = zoneName(text)
  if (name === undefined) report(zoneAt, `"${text}" is no time zone of the IANA database; "Europe/Paris" is one`)
  else if (name !== text) report(zoneAt, `the time zone "${text}" is written "${name}"`)
  return name
}

function readHolidays(fields: Fields, at: FieldPath, reader: Reader): Set<string> {
  const holidays = new Set<string>()
  for (const [dayAt, day] of readList(fields, 'holidays', at, reader)) {
    if (typeof day === 'string' && (isDate(day) || isYearDay(day))) holidays.add(day)
    else reader.report(dayAt, `${quoted(day)} is no holiday; "2026-12-25" and, for every year, "01-01" are`)
  }
  return holidays
}

function readBusinessHours(fields: Fields, at: FieldPath, reader: Reader): Weekly[] {
  const single = typeof fields.businessHours === 'string'
  const rules = single
    ? [[[...at, 'businessHours'], fields.businessHours] as const]
    : readList(fields, 'businessHours', at, reader)
  return rules.flatMap(([ruleAt, rule]) => {
    const recurrence = readRule(rule, undefined, ruleAt, 'business hours', reader)
    if (recurrence === undefined) return []
    if (recurrence.kind === 'weekly') return [recurrence]
    reader.report(ruleAt, `the business hours ${quoted(rule)} are not of every week, as in "Mon-Sat 07:00-21:00"`)
    return []
  })
}

function readWindows(fields: Fields, at: FieldPath, reader: Reader): ChangeWindow[] {
  const windows = readList(fields, 'windows', at, reader)
  if (Array.isArray(fields.windows) && windows.length === 0) {
    reader.report([...at, 'windows'], '"windows" is empty, so it would never open; without the key it is always open')
  }
  return windows.flatMap(([ruleAt, rule]) => {
    const recurrence = readRule(rule, undefined, ruleAt, 'the window', reader)
    return recurrence === undefined ? [] : [{ at: ruleAt, recurrence }]
  })
}

function readPresets(fields: Fields, at: FieldPath, reader: Reader): Freeze[] {
  const names = Object.keys(CALENDAR_PRESETS)
  return readList(fields, 'presets', at, reader).flatMap(([presetAt, name]) => {
    const preset = typeof name === 'string' && names.includes(name) ? CALENDAR_PRESETS[name] : undefined
    if (preset !== undefined) return preset.freezes.flatMap(({ freeze }) => readFreeze(freeze, presetAt, reader))
    reader.report(presetAt, `${quoted(name)} is no preset; there are ${names.map(quoted).join(' and ')}`)
    return []
  })
}

function readFreeze(value: unknown, at: FieldPath, reader: Reader): Freeze[] {
  const fields = readFields(value, at, 'a freeze', FREEZE_KEYS, reader)
  if (fields === undefined) return []
  const name = readText(fields, 'name', at, 'a freeze', reader)
  const what = name === undefined ? 'the freeze' : `freeze "${name}"`
  const recurrence = readWhen(fields, at, what, reader)
  const level = LEVELS.find(known => known === (fields.level ?? 'full'))
  if (level === undefined) reader.report([...at, 'level'], `level ${quoted(fields.level)} is neither "full" nor "app"`)
  const scope = readScope(fields, at, what, reader)
  const risk = readNames(fields, 'risk', at, what, reader.known.risks, reader)
  if (name === undefined || recurrence === undefined || level === undefined) return []
  return [{ name, at, recurrence, level, ...scope, risk }]
}

function readPeak(value: unknown, at: FieldPath, reader: Reader): Peak[] {
  const fields = readFields(value, at, 'a peak', PEAK_KEYS, reader)
  if (fields === undefined) return []
  const name = readText(fields, 'name', at, 'a peak', reader)
  const recurrence = readWhen(fields, at, name === undefined ? 'the peak' : `peak "${name}"`, reader)
  const factor =
    typeof fields.factor === 'number' && fields.factor > 0 && Number.isFinite(fields.factor) ? fields.factor : undefined
  if (factor === undefined) {
    reader.report([...at, 'factor'], `the factor ${quoted(fields.factor)} is no number above 0, so the load is unknown`)
  }
  if (name === undefined || recurrence === undefined || factor === undefined) return []
  return [{ name, at, recurrence, factor }]
}

function readBrake(value: unknown, reader: Reader): Brake | undefined {
  if (value === undefined) return undefined
  const at = ['brake']
  const fields = readFields(value, at, 'the brake', BRAKE_KEYS, reader)
  if (fields === undefined) return undefined
  if (typeof fields.on !== 'boolean') {
    reader.report(
      [...at, 'on'],
      `"on" of the brake is ${quoted(fields.on)}, neither true nor false, so it counts as on`,
    )
    return undefined
  }
  const scope = readScope(fields, at, 'the brake', reader)
  if (!fields.on) return undefined
  const reason = readText(fields, 'reason', at, 'the brake', reader)
  const by = readText(fields, 'by', at, 'the brake', reader)
  return reason === undefined || by === undefined ? undefined : { at, reason, by, ...scope }
}

function readScope(fields: Fields, at: FieldPath, what: string, reader: Reader): Scope {
  return {
    tenants: readNames(fields, 'tenants', at, what, reader.known.tenants, reader),
    environments: readNames(fields, 'environments', at, what, reader.known.environments, reader),
  }
}

function readNames(
  fields: Fields,
  key: string,
  at: FieldPath,
  what: string,
  known: readonly string[] | undefined,
  reader: Reader,
): readonly string[] | undefined {
  if (fields[key] === undefined) return undefined
  const items = readList(fields, key, at, reader)
  if (Array.isArray(fields[key]) && items.length === 0) {
    reader.report([...at, key], `"${key}" is empty, so ${what} would concern nobody`)
  }
  return items.flatMap(([nameAt, name]) => {
    if (typeof name === 'string' && (known === undefined || known.includes(name))) return [name]
    const near = typeof name === 'string' ? suggestion(name, known ?? []) : ''
    reader.report(nameAt, `${what} names ${quoted(name)} in "${key}", which the platform does not have${near}`)
    return []
  })
}

/** When something holds: `from` and `to`, or `rule` and perhaps `hours`. */
function readWhen(fields: Fields, at: FieldPath, what: string, reader: Reader): Recurrence | undefined {
  const { from, to, rule, hours } = fields
  if (rule !== undefined) {
    if (from !== undefined || to !== undefined) {
      reader.report([...at, 'rule'], `${what} has a "rule" beside "from" and "to", so it is unclear when it holds`)
      return undefined
    }
    return readRule(rule, hours, [...at, 'rule'], what, reader)
  }
  if (hours !== undefined) {
    reader.report([...at, 'hours'], `${what} has "hours", which count from the day of a "rule", but no rule`)
  }
  if (typeof from === 'string' && typeof to === 'string') {
    const range = parseRange(from, to)
    if ('value' in range) return range.value
    reader.report([...at, range.key], `${what}: "${range.key}" ${range.problem}`)
    return undefined
  }
  reader.report(at, `${what} has neither a "rule" nor both "from" and "to" as text, so it is unclear when it holds`)
  return undefined
}

function readRule(
  rule: unknown,
  hours: unknown,
  at: FieldPath,
  what: string,
  { report }: Reader,
): Recurrence | undefined {
  if (typeof rule !== 'string') {
    report(at, `${what}: ${quoted(rule)} is no rule, which is text such as "Tue,Wed 05:30-07:00"`)
    return undefined
  }
  if (hours !== undefined && typeof hours !== 'number') {
    report(at, `${what}: "hours" of ${quoted(hours)} is no number`)
    return undefined
  }
  const parsed = parseRule(rule, hours)
  if ('value' in parsed) return parsed.value
  report(at, `${what}: "${rule}" ${parsed.problem}`)
  return undefined
}

function readFields(
  value: unknown,
  at: FieldPath,
  what: string,
  keys: readonly string[],
  { report }: Reader,
): Fields | undefined {
  if (!isFields(value)) {
    report(at, `${what} is ${value === null || value === undefined ? 'empty' : 'no map'}, so it cannot be read`)
    return undefined
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) report([...at, key], `"${key}" is no key of ${what}${suggestion(key, keys)}`)
  }
  return value
}

function readConstant(fields: Fields, key: string, wanted: string, { report }: Reader): void {
  if (fields[key] !== wanted)
    report([key], `"${key}" is ${quoted(fields[key])} and not "${wanted}", so the file may mean something else`)
}

function readFrom({ from }: Fields, { report }: Reader): string | undefined {
  if (from === undefined || (typeof from === 'string' && isDate(from))) return from
  report(['from'], `${quoted(from)} is no date, such as 2027-01-01, so nobody knows which year windows are for`)
  return undefined
}

function readText(fields: Fields, key: string, at: FieldPath, what: string, { report }: Reader): string | undefined {
  const text = fields[key]
  if (typeof text === 'string' && text.trim() !== '') return text
  report(text === undefined ? at : [...at, key], `${what} has no "${key}"`)
  return undefined
}

/** The items of a list, each with its path; none when the key is absent. */
function readList(fields: Fields, key: string, at: FieldPath, { report }: Reader): (readonly [FieldPath, unknown])[] {
  const value = fields[key]
  if (value === undefined) return []
  if (Array.isArray(value)) return value.map((item: unknown, index) => [[...at, key, index], item])
  report([...at, key], `"${formatPath([...at, key])}" is no list, so it cannot be read`)
  return []
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? '' : `; the nearest is "${near}"`
}

function quoted(value: unknown): string {
  if (value === undefined) return 'absent'
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}
