import type { Fields } from '../manifest/value.ts'
import type { Judgement, SinglePolicy } from './admission.ts'
import { type Related, relatedTo } from './elsewhere.ts'
import type { Layer } from './layers.ts'
import { type Environment, PLATFORM_UNIT, type Platform, type Tenant } from './platform.ts'
import { profileOf } from './profile.ts'
import { needsResidents, type Resident, residentOf } from './resident.ts'
import type { Timetable } from './timetable.ts'

/** All that the spec says outside an `environments` key: what promotion carries from one environment to the next. */
export interface PromotedHalf {
  readonly platform: Fields
  /** Absent in the platform unit. */
  readonly tenant?: Fields
  /** Files that `extra` names, by path: promoted by content. */
  readonly files: Readonly<Record<string, string>>
}

/** What the spec says of this one environment: it needs no promotion. */
export interface LocalHalf {
  readonly environment: Fields
  readonly tenant?: Fields
  readonly files: Readonly<Record<string, string>>
  /** In the platform unit: who lives in the environment, by name, where anything in it rests on that. */
  readonly residents?: Readonly<Record<string, Resident>>
  /** In a tenant's unit: what its calendar means, where anything in it rests on that. */
  readonly timetable?: Timetable
  /** In a tenant's unit: what other environments decide of it. */
  readonly related?: Related
  /** In the platform unit: how the environment is judged, where its cluster is to be told. */
  readonly judgement?: Judgement
}

/** One tenant in one environment, or the part of an environment that its tenants share. */
export interface Unit {
  readonly environment: string
  /** The tenant's name, or `platform`. */
  readonly name: string
  readonly production: boolean
  readonly promoted: PromotedHalf
  readonly local: LocalHalf
  /** Policies of this version of waybill, where the cluster is to be told of them: of no half, since the version decides. */
  readonly builtIn?: readonly SinglePolicy[]
}

/** Keys of an environment that govern promotion and judgement; they change no manifest. */
const GOVERNANCE = [
  'after',
  'soak',
  'approvals',
  'reviewers',
  'autoMerge',
  'waves',
  'gates',
  'profile',
  'policies',
  'reach',
  'standby',
]

/**
 * Plain data with its keys in code-unit order. A half is written to `unit.json` in that order and read back in it: what is
 * rendered must not depend on the order in which a person wrote the keys.
 */
function ordered<T>(value: T): T {
  if (Array.isArray(value)) return value.map(ordered) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([key, entry]) => [key, ordered(entry)])) as T
}

/** The unit as the spec describes it now. Where an earlier promoted half stands, the caller puts that in its place. */
export function unitOf(platform: Platform, environment: Environment, tenant: Tenant | undefined): Unit {
  const shared = tenant === undefined ? platform.shared : forTenants(platform.shared)
  const stated = Object.fromEntries(Object.entries(environment.local).filter(([key]) => !GOVERNANCE.includes(key)))
  const local = tenant === undefined ? stated : forTenants(stated)
  const judged = tenant === undefined && environment.local.admission !== undefined ? platform.admission() : undefined
  return {
    environment: environment.name,
    name: tenant?.name ?? PLATFORM_UNIT,
    production: environment.production,
    promoted: ordered({
      platform: { ...shared, name: platform.name },
      ...(tenant === undefined ? {} : { tenant: tenant.promoted }),
      files: tenant?.files ?? {},
    }),
    local: ordered({
      environment: local,
      ...(tenant === undefined ? {} : { tenant: tenant.environments.get(environment.name) ?? {} }),
      files: tenant?.localFiles.get(environment.name) ?? {},
      ...(judged === undefined ? {} : { judgement: judgementOf(environment, judged) }),
      ...(tenant === undefined ? residentsIn(platform, environment) : timetableFor(platform, environment, tenant)),
      ...(tenant === undefined ? {} : relatedTo(platform, environment, tenant)),
    }),
    ...(judged === undefined ? {} : { builtIn: judged.builtIn }),
  }
}

/** A waiver of another environment, or of a policy that stays at the desk, says nothing here. */
function judgementOf(environment: Environment, { rulings, builtIn }: ReturnType<Platform['admission']>): Judgement {
  const { own, exemptions, problems } = rulings
  const told = new Set([...builtIn, ...own].map(({ manifest }) => manifest.metadata.name))
  const here = exemptions.filter(
    ({ policy, target }) => told.has(policy) && (target.environment ?? environment.name) === environment.name,
  )
  return { profile: profileOf(environment), severities: environment.policies, own, exemptions: here, problems }
}

/**
 * What the platform or an environment says, without what the platform unit alone is rendered from: a change of that is
 * none of any tenant, and gives nobody a new revision.
 */
function forTenants({ gitops: _gitops, operators: _operators, admission: _admission, ...rest }: Fields): Fields {
  return rest
}

function residentsIn(platform: Platform, environment: Environment): Pick<LocalHalf, 'residents'> {
  if (!needsResidents(platform.shared, environment.local)) return {}
  const living = tenantsIn(platform, environment).map(tenant => {
    const layers = layersOf(unitOf(platform, environment, tenant))
    const timetable = platform.timetable(tenant, environment.name)
    return [tenant.name, residentOf(layers, environment.production, timetable)] as const
  })
  return { residents: Object.fromEntries(living) }
}

function timetableFor(platform: Platform, environment: Environment, tenant: Tenant): Pick<LocalHalf, 'timetable'> {
  const { schedule } = { ...environment.local, ...tenant.environments.get(environment.name) }
  const timetable = schedule === 'office' ? platform.timetable(tenant, environment.name) : undefined
  return timetable === undefined ? {} : { timetable }
}

function tenantsIn(platform: Platform, environment: Environment): Tenant[] {
  return platform.tenants.filter(tenant => tenant.environments.has(environment.name))
}

/** One unit of an environment by its name, without making the others; `undefined` where the spec has none. */
export function unitNamed(platform: Platform, environment: Environment, name: string): Unit | undefined {
  if (name === PLATFORM_UNIT) return unitOf(platform, environment, undefined)
  const tenant = tenantsIn(platform, environment).find(tenant => tenant.name === name)
  return tenant && unitOf(platform, environment, tenant)
}

/** The platform unit of an environment, then its tenants by name. */
export function unitsOf(platform: Platform, environment: Environment): Unit[] {
  return [
    unitOf(platform, environment, undefined),
    ...tenantsIn(platform, environment).map(tenant => unitOf(platform, environment, tenant)),
  ]
}

/** The places that may settle something for this unit, the most specific one first. */
export function layersOf(unit: Unit): Layer[] {
  const { environment, name, promoted, local } = unit
  return [
    ...(local.tenant === undefined
      ? []
      : [{ at: ['tenants', name, 'environments', environment], fields: local.tenant }]),
    { at: ['environments', environment], fields: local.environment },
    ...(promoted.tenant === undefined ? [] : [{ at: ['tenants', name], fields: promoted.tenant }]),
    { at: [], fields: promoted.platform },
  ]
}
