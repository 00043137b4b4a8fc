import type { FieldPath } from '../manifest/path.ts'
import { admissionOf } from './admission.ts'
import type { Contradiction } from './asking.ts'
import type { ClusterPolicy } from './cluster-policy.ts'
import { type Gitops, gitopsOf } from './gitops.ts'
import { type Groups, groupsOf } from './identity.ts'
import { type Ledger, ledgerOf } from './ledger.ts'
import { type Monitoring, monitoringOf } from './observability.ts'
import { type ManagedOperators, operatorsOf } from './operators.ts'
import type { Resident } from './resident.ts'
import { backupWithin, hoursOf, type Schedule } from './schedule.ts'
import type { Derivations, Place } from './settings.ts'
import { placeIn } from './settle.ts'
import { checkRestore, lodgedDatabase, type SharedServers, sharedServersOf } from './tenancy.ts'
import type { Tier } from './tier.ts'
import { layersOf, type Unit } from './unit.ts'

/** Everything that the charts need to know of the part of an environment that its tenants share. */
export interface PlatformSettings {
  readonly platform: string
  readonly environment: string
  readonly production: boolean
  readonly tier: Tier
  readonly gitops?: Gitops
  /** What the engine installs besides. */
  readonly operators: ManagedOperators
  readonly groups: Groups
  readonly servers?: SharedServers
  /** When the shared servers are up; absent where they never sleep. */
  readonly sleep?: Schedule
  /** Who lives in the environment, by name. */
  readonly residents: Readonly<Record<string, Resident>>
  readonly place: Place
  /** Absent where nobody asked for it: tenants of a high tier are watched all the same. */
  readonly monitoring?: Monitoring
  /** Policies that the cluster keeps itself. */
  readonly admission: readonly ClusterPolicy[]
}

export interface SettledPlatform {
  readonly settings: PlatformSettings
  readonly derivations: Derivations
  readonly contradictions: readonly Contradiction[]
}

/** Fills in every default of the shared unit of an environment. Pure: the two halves of the unit decide everything. */
export function settlePlatform(unit: Unit): SettledPlatform {
  const home: FieldPath = ['environments', unit.environment]
  const ledger = ledgerOf(layersOf(unit), home)
  const { say, settle, contradict } = ledger
  const tier = settle<Tier>('tier', () => ['silver', 'the default tier', home])
  const gitops = gitopsOf(ledger)
  const residents = unit.local.residents ?? {}
  const operators = operatorsOf(ledger, gitops, Object.values(residents))
  const servers = sharedServersOf({ ...ledger, unit })
  if (gitops !== undefined && unit.local.residents === undefined) {
    contradict({
      message: `"${unit.environment}" is delivered by ${gitops.engine}, of which the spec says nothing any more`,
      hint: 'to take it out, state gitops.engine: none, and promote that',
      key: home,
    })
  }
  say('residents', Object.keys(residents), 'the tenants of the environment', home)
  if (servers !== undefined) lodgedDatabase(ledger, { servers, key: [...home, 'shared'] })
  checkRestore(ledger, 'shared', home)
  if (gitops?.engine === 'argocd') checkTimetables(residents, contradict)
  const sleep = servers === undefined ? undefined : sleepOf(servers, residents, home, contradict)
  const platform = String(unit.promoted.platform.name)
  const monitoring = platformMonitoringOf(ledger, platform, home)
  const settings: PlatformSettings = {
    platform,
    environment: unit.environment,
    production: unit.production,
    tier: tier.value,
    ...(gitops === undefined ? {} : { gitops }),
    operators,
    groups: groupsOf(ledger),
    ...(servers === undefined ? {} : { servers: awakeFor(ledger, servers, sleep) }),
    ...(sleep === undefined ? {} : { sleep }),
    residents,
    place: placeIn(unit),
    admission: admissionOf(
      ledger,
      { platform, environment: unit.environment },
      unit.local.judgement,
      unit.builtIn ?? [],
    ),
    ...(monitoring === undefined ? {} : { monitoring }),
  }
  return { settings, derivations: ledger.derivations, contradictions: ledger.contradictions }
}

/** What an environment is watched with, where somebody asked for it. */
function platformMonitoringOf({ find, say }: Ledger, platform: string, home: FieldPath): Monitoring | undefined {
  const asked = find('observability')
  const enabled = asked !== undefined && find<boolean>('observability.enabled')?.value !== false
  say('observability', enabled, asked === undefined ? 'nobody asked' : 'stated', asked?.key ?? home)
  return enabled ? monitoringOf(find, platform) : undefined
}

/** Servers whose backups are made while they are up. */
function awakeFor(ledger: Ledger, { backup: asked, ...servers }: SharedServers, sleep: Schedule | undefined) {
  const backup = backupWithin(ledger, sleep, asked)
  return { ...servers, ...(backup === undefined ? {} : { backup }) }
}

type Contradict = (contradiction: Contradiction) => void

/** Windows of Argo CD keep a calendar only if all of it can be said in them. */
function checkTimetables(residents: PlatformSettings['residents'], contradict: Contradict): void {
  for (const [name, { timetable }] of Object.entries(residents)) {
    if (timetable === undefined) continue
    const key: FieldPath = ['tenants', name, 'calendar']
    const [problem] = timetable.problems
    if (problem !== undefined) {
      contradict({
        message: `the calendar "${timetable.calendar}" cannot be relied upon: ${problem}`,
        hint: 'mend calendar.yaml',
        key,
      })
    }
    if (timetable.undated.length > 0) {
      contradict({
        message: `${timetable.undated.join(' and ')} of the calendar "${timetable.calendar}" come on dates of their own, and Argo CD knows no years`,
        hint: 'name the year that they are wanted for in calendar.yaml: "from: 2027-01-01", and renew it every year',
        key,
      })
    }
  }
}

/** Shared servers sleep while everybody on them does: so all of them keep the same hours. */
function sleepOf(
  { calendar, tenants }: SharedServers,
  residents: PlatformSettings['residents'],
  home: FieldPath,
  contradict: Contradict,
): PlatformSettings['sleep'] {
  const at: FieldPath = [...home, 'shared']
  const lodgers = Object.entries(residents).filter(([, { tenancy }]) => tenancy === 'shared')
  if (lodgers.length > tenants) {
    contradict({
      message: `${lodgers.length} tenants are to live on the shared servers, which are made for ${tenants}`,
      hint: 'raise shared.tenants: connections and memory grow with it',
      key: [...at, 'tenants'],
    })
  }
  if (calendar === undefined) return undefined
  for (const [name, { scheduled, timetable }] of lodgers) {
    if (scheduled && timetable?.calendar === calendar) continue
    contradict({
      message: `the shared servers sleep by the calendar "${calendar}", and the tenant "${name}" on them ${scheduled ? 'keeps another one' : 'is always up'}`,
      hint: `give it schedule: office and that calendar, or leave shared.calendar out`,
      key: [...at, 'calendar'],
      against: ['tenants', name],
    })
  }
  const timetable = lodgers.find(lodger => lodger[1].timetable?.calendar === calendar)?.[1].timetable
  if (timetable === undefined || timetable.awake.length === 0) {
    contradict({
      message: `the shared servers are to sleep by the calendar "${calendar}", whose business hours no tenant on them keeps`,
      hint: 'leave shared.calendar out',
      key: [...at, 'calendar'],
    })
    return undefined
  }
  return hoursOf(timetable)
}
