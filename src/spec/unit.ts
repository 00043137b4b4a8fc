import type { Fields } from '../manifest/value.ts'
import { type Related, relatedTo } from './elsewhere.ts'
import type { Layer } from './layers.ts'
import { type Environment, PLATFORM_UNIT, type Platform, type Tenant } from './platform.ts'

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
  /** In a tenant's unit: what other environments decide of it. */
  readonly related?: Related
}

/** One tenant in one environment, or the part of an environment that its tenants share. */
export interface Unit {
  readonly environment: string
  /** The tenant's name, or `platform`. */
  readonly name: string
  readonly production: boolean
  readonly promoted: PromotedHalf
  readonly local: LocalHalf
}

/** Keys of an environment that govern promotion and judgement; they change no manifest. */
const GOVERNANCE = ['after', 'soak', 'approvals', 'profile', 'policies', 'standby']

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
  const shared = { ...platform.shared, name: platform.name }
  const local = Object.fromEntries(Object.entries(environment.local).filter(([key]) => !GOVERNANCE.includes(key)))
  return {
    environment: environment.name,
    name: tenant?.name ?? PLATFORM_UNIT,
    production: environment.production,
    promoted: ordered({
      platform: shared,
      ...(tenant === undefined ? {} : { tenant: tenant.promoted }),
      files: tenant?.files ?? {},
    }),
    local: ordered({
      environment: local,
      ...(tenant === undefined ? {} : { tenant: tenant.environments.get(environment.name) ?? {} }),
      files: tenant?.localFiles.get(environment.name) ?? {},
      ...(tenant === undefined ? {} : relatedTo(platform, environment, tenant)),
    }),
  }
}

/** The platform unit of an environment, then its tenants by name. */
export function unitsOf(platform: Platform, environment: Environment): Unit[] {
  return [
    unitOf(platform, environment, undefined),
    ...platform.tenants
      .filter(tenant => tenant.environments.has(environment.name))
      .map(tenant => unitOf(platform, environment, tenant)),
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
