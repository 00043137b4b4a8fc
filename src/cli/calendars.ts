import { type CalendarFile, NO_CALENDARS, parseCalendars } from '../promote/calendar-file.ts'
import { PLATFORM_UNIT, type Platform } from '../spec/platform.ts'
import { readYaml } from '../spec/yaml-file.ts'
import type { TreeReader } from '../synth/tree.ts'

const CALENDAR_FILE = 'calendar.yaml'

/** The calendars of a tree. A file that is not YAML is one that closes everything. */
export function calendarsIn(
  reader: TreeReader,
  { tenants, environments }: Pick<Platform, 'tenants' | 'environments'>,
): CalendarFile {
  const text = reader.read(CALENDAR_FILE)
  if (text === undefined) return NO_CALENDARS
  return parseCalendars(readYaml(CALENDAR_FILE, text).value, {
    tenants: [PLATFORM_UNIT, ...tenants.map(({ name }) => name)],
    environments: environments.map(({ name }) => name),
  })
}
