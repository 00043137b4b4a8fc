import { labelsOf } from '../manifest/value.ts'
import type { Asking } from './asking.ts'
import { type QueryName, queriesFor } from './facts/indicators.ts'
import type { Stated } from './layers.ts'
import { type BusinessProcess, processesOf } from './processes.ts'
import { closed, type Schema, text } from './schema-terms.ts'
import { atLeast } from './tier.ts'
import type { UtcTimes } from './timetable.ts'

/** How a person hears of an alert, and under which key of the secret store stands what it takes. */
export interface Receiver {
  readonly kind: 'pagerduty' | 'slack' | 'webhook'
  readonly key: string
  readonly channel?: string
}

/** What the monitoring of an environment has to be told, whoever is watched. */
export interface Monitoring {
  /** Labels by which Prometheus and Alertmanager pick up what is meant for them. */
  readonly labels: Readonly<Record<string, string>>
  readonly receivers: { readonly critical?: Receiver; readonly warning?: Receiver }
  /** Where the folder `runbooks` of this repository can be read, without a slash at the end; empty for the path alone. */
  readonly runbooks: string
  /** The blackbox exporter that calls the hosts from outside, where there is one. */
  readonly prober?: { readonly address: string; readonly websocketModule?: string }
  readonly dashboards: { readonly folder: string; readonly instance: Readonly<Record<string, string>> }
}

/** How a tenant is watched in this environment. */
export interface Observability extends Monitoring {
  /** The team that alerts go to. */
  readonly team: string
  /** When nobody looks after it, or it sleeps; never in production, which is never muted. */
  readonly away: readonly UtcTimes[]
  /** Percent of requests that are answered without an error. */
  readonly availability?: number
  /** Seconds below which 95 % of requests stay. */
  readonly latency: number
  readonly queries: readonly QueryName[]
  readonly processes: readonly BusinessProcess[]
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const SUNDAY_FIRST = [7, 1, 2, 3, 4, 5, 6]
const ANY_DAY = `(${DAYS.join('|')})`
const TIME = '([01][0-9]|2[0-3]):[0-5][0-9]'

const receiver = (severity: string) =>
  closed(
    `Who hears of a ${severity} alert.`,
    {
      kind: { enum: ['pagerduty', 'slack', 'webhook'], description: 'How.' },
      key: text('The key of the secret store that holds it: the property routingKey for pagerduty, else url.'),
      channel: text('The channel, for slack.'),
    },
    ['kind', 'key'],
  )

const labels = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
})

export const OBSERVABILITY_SCHEMA: Schema = closed(
  'How tenants are watched. Where it stands they are, and from tier gold up they are anyway.',
  {
    enabled: { type: 'boolean', description: 'False writes no monitors and no alerts.' },
    labels: labels('Labels by which Prometheus and Alertmanager select their objects. Default: none.'),
    receivers: closed('Who hears of alerts. Without it the routes of Alertmanager itself decide.', {
      critical: receiver('critical'),
      warning: receiver('warning'),
    }),
    runbooks: text('The address under which the folder "runbooks" can be read. Default: its path.', {
      pattern: '^https://[^ ]*[^ /]$',
    }),
    attended: text(
      'Hours in UTC outside of which alerts are muted, except in production. Default: Mon-Fri 06:00-18:00',
      {
        pattern: `^${ANY_DAY}-${ANY_DAY} ${TIME}-${TIME}$`,
      },
    ),
    prober: closed(
      'The blackbox exporter that calls the hosts from outside.',
      {
        address: text('Its address.', { examples: ['blackbox-exporter.monitoring.svc:9115'] }),
        websocketModule: text('Its module for a WebSocket handshake. Without it only pages are called.'),
      },
      ['address'],
    ),
    dashboards: closed('Where dashboards go.', {
      folder: text('The folder in Grafana. Default: the name of the platform.'),
      instance: labels('Labels of the Grafana that shows them. Default: {dashboards: grafana}'),
    }),
  },
)

type Find = <T>(path: string) => Stated<T> | undefined

/** What the layers say of monitoring, whoever is watched. */
export function monitoringOf(find: Find, platform: string): Monitoring {
  const value = <T>(name: string) => find<T>(`observability.${name}`)?.value
  const prober = value<Monitoring['prober']>('prober')
  return {
    labels: labelsOf(value('labels')),
    receivers: value<Monitoring['receivers']>('receivers') ?? {},
    runbooks: value<string>('runbooks') ?? '',
    ...(prober === undefined ? {} : { prober }),
    dashboards: {
      folder: value<string>('dashboards.folder') ?? platform,
      instance: value<Readonly<Record<string, string>>>('dashboards.instance') ?? { dashboards: 'grafana' },
    },
  }
}

/** How the tenant is watched; `undefined` where nobody asked for it and the tier does not either. */
export function observabilityOf(asking: Asking): Observability | undefined {
  const { unit, tier, defaults, release, home, find, say, settle, contradict } = asking
  const enabled = find<boolean>('observability.enabled')
  const asked = find('observability')
  const on = say(
    'observability',
    enabled?.value ?? (asked !== undefined || atLeast(tier.value, 'gold')),
    asked === undefined ? `tier ${tier.value}` : 'stated',
    asked?.key ?? tier.key,
  )
  const promised = defaults.availability
  const stated = find<number>('objectives.availability')
  const availability =
    stated === undefined && promised === undefined
      ? undefined
      : settle('objectives.availability', () => [promised ?? 0, `tier ${tier.value}`, tier.key])
  if (promised !== undefined && availability !== undefined && availability.value < promised) {
    contradict({
      message: `objectives.availability ${availability.value} is looser than tier ${tier.value} promises (${promised})`,
      hint: 'leave it out, or choose a lower tier',
      key: availability.key,
      against: tier.key,
    })
  }
  const platform = String(unit.promoted.platform.name)
  const team = String(unit.promoted.tenant?.owner ?? platform)
  const processes = processesOf(asking, team)
  const attended = find<string>('observability.attended')
  if (unit.production && attended?.key.includes('environments')) {
    contradict({
      message: 'observability.attended mutes alerts, and production is never muted',
      hint: 'state it for the platform, or for another environment',
      key: attended.key,
    })
  }
  if (!on.value) return undefined
  return {
    ...monitoringOf(find, platform),
    team,
    away: unit.production ? [] : awayOf(attended?.value, unit.local.timetable?.away),
    ...(availability === undefined ? {} : { availability: availability.value }),
    latency: latencyOf(asking),
    queries: say('indicators', queriesFor(release.value.modules), 'the modules of the release', release.key, home)
      .value,
    processes,
  }
}

/** Seconds: the most patient of the populations that state what they need, else two. */
function latencyOf({ find, say, home }: Asking): number {
  const populations = find<Readonly<Record<string, { readonly seconds?: number }>>>('populations')
  const stated = Object.values(populations?.value ?? {}).flatMap(({ seconds }) =>
    seconds === undefined ? [] : [seconds],
  )
  return stated.length === 0
    ? say('latency', 2, 'default', home).value
    : say(
        'latency',
        Math.max(2, ...stated),
        'the slowest of the populations, two seconds at least',
        populations?.key ?? home,
      ).value
}

/** When nobody is there: by what is stated, else by the calendar that it sleeps by, else outside the usual hours. */
function awayOf(stated: string | undefined, asleep: readonly UtcTimes[] | undefined): readonly UtcTimes[] {
  return stated === undefined && asleep !== undefined ? asleep : outside(stated ?? 'Mon-Fri 06:00-18:00')
}

/** The rest of the week. */
function outside(attended: string): readonly UtcTimes[] {
  const [days = '', hours = ''] = attended.split(' ')
  const [first = 0, last = 0] = days.split('-').map(day => DAYS.indexOf(day))
  const [from = '', to = ''] = hours.split('-')
  const length = ((last - first + 7) % 7) + 1
  const weekdays = Array.from({ length }, (_, index) => ((first + index) % 7) + 1)
  const off = SUNDAY_FIRST.filter(day => !weekdays.includes(day))
  const times = [
    ...(from === '00:00' ? [] : [{ from: '00:00', to: from }]),
    ...(to === '00:00' ? [] : [{ from: to, to: '24:00' }]),
  ]
  return [
    ...(off.length === 0 ? [] : [{ weekdays: off, times: [] }]),
    ...(times.length === 0 ? [] : [{ weekdays, times }]),
  ]
}
