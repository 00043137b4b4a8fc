import type { Severity } from '../lint/finding.ts'
import type { Origin } from '../manifest/manifest.ts'
import type { Profile } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import type { Fields } from '../manifest/value.ts'
import type { Rulings, SinglePolicy } from './admission.ts'
import type { AskedGates } from './asked-gates.ts'
import type { StatedFlow } from './flow.ts'
import type { Timetable } from './timetable.ts'
import type { Wave } from './wave.ts'

/** The platform as its people wrote it, checked against the schema and put in order. */
export interface Platform {
  readonly name: string
  /** First environment first. */
  readonly environments: readonly Environment[]
  /** By name. */
  readonly tenants: readonly Tenant[]
  /** What the platform says for every environment: the promoted half of every unit holds it. */
  readonly shared: Fields
  /** The same as a tenant's: what pages alone are made from. */
  readonly pages: Fields
  /** The line on which a spec key stands, or its nearest ancestor. */
  locate(key: FieldPath): Origin
  /** What the tenant's calendar means in an environment; `undefined` for a tenant without one. */
  timetable(tenant: Tenant, environment: string): Timetable | undefined
  /** What a cluster can be told of its judgement: what people decided, and what comes with this version of waybill. */
  admission(): { readonly rulings: Rulings; readonly builtIn: readonly SinglePolicy[] }
}

export interface Environment {
  readonly name: string
  /** The environment that feeds this one; the first one has none. */
  readonly after?: string
  /** Seconds that `after` has to hold a revision before it may come here. */
  readonly soak: number
  readonly approvals: number
  /** The environment for which this one stands by, in another cluster. */
  readonly standby?: string
  /** In their order; none where all go together. */
  readonly waves: readonly Wave[]
  /** Gates that are there only because the environment asks for them. */
  readonly gates: AskedGates
  /** Asked to look at a promotion besides the owners of its files: `@person` or `@organisation/team`. */
  readonly reviewers: readonly string[]
  /** Whether the bot merges by itself once every gate is open. */
  readonly autoMerge: boolean
  /** Whether real business runs here, or would after a switch. */
  readonly production: boolean
  readonly profile?: Profile
  readonly kubernetes?: string
  /** Severities of single policies. */
  readonly policies: Readonly<Record<string, Severity | 'off'>>
  /** What the platform, `reach.yaml` and the environment itself state about who connects to whom in it. */
  readonly reach: readonly StatedFlow[]
  /** All that stands under `environments.<name>`. */
  readonly local: Fields
}

export interface Tenant {
  readonly name: string
  /** The file that declares it. */
  readonly file: string
  readonly calendar?: string
  readonly owner?: string
  readonly retired: boolean
  /** All that the tenant says outside `environments`. */
  readonly promoted: Fields
  /** What pages are made from and promotions governed by, and no manifest is: contacts, the migration. A change of it is nobody's new revision. */
  readonly pages: Fields
  /** All that it says under `environments.<name>`, by environment. */
  readonly environments: ReadonlyMap<string, Fields>
  /** Files that `extra` names, by their path: their content is promoted with the tenant. */
  readonly files: Readonly<Record<string, string>>
  /** The same for `environments.<name>.extra`. */
  readonly localFiles: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** The file that makes a folder a platform. */
export const PLATFORM_FILE = 'platform.yaml'
/** What is stated of who connects to whom, in a file of its own; also beside YAML of no platform. */
export const REACH_FILE = 'reach.yaml'

/** The unit that every environment has besides its tenants, and that goes first. */
export const PLATFORM_UNIT = 'platform'

/** The environment of that name. */
export function environmentNamed(platform: Platform, name: string): Environment | undefined {
  return platform.environments.find(environment => environment.name === name)
}

/** The environments of a tenant (or of the platform unit), in the order of the pipeline. */
export function environmentsOf(platform: Platform, unit: string): readonly Environment[] {
  if (unit === PLATFORM_UNIT) return platform.environments
  const tenant = platform.tenants.find(({ name }) => name === unit)
  return platform.environments.filter(({ name }) => tenant?.environments.has(name))
}

/**
 * The environment that feeds `environment` for this unit: the nearest one before it in which the unit lives. `undefined`
 * where the unit begins.
 */
export function sourceOf(platform: Platform, unit: string, environment: string): Environment | undefined {
  const home = environmentsOf(platform, unit).map(({ name }) => name)
  let before = environmentNamed(platform, environment)?.after
  while (before !== undefined && !home.includes(before)) before = environmentNamed(platform, before)?.after
  return before === undefined ? undefined : environmentNamed(platform, before)
}
