import { isFields } from '../manifest/value.ts'
import { type Layer, stated } from './layers.ts'
import { effectiveTenancy, type Tenancy, type TenancyChoice } from './tenancy.ts'
import type { Timetable } from './timetable.ts'

/**
 * What the platform unit knows of a tenant that lives in its environment: enough to let it in, nothing of what it runs.
 * It is what the spec says now, while the tenant itself may run what was promoted earlier: so nothing may be taken away
 * on its word.
 */
export interface Resident {
  readonly tenancy: Tenancy
  /** Whether it is away outside business hours. */
  readonly scheduled: boolean
  /** Whether it may keep its sessions in servers of the Redis operator. */
  readonly sessionServers: boolean
  /** The group that runs its Odoo. */
  readonly application?: string
  readonly timetable?: Timetable
}

/** Keys of the platform or of an environment for which its own unit has to know who lives there. */
const RESTING = ['gitops', 'operators', 'shared']

/** Whether anything that the platform or the environment states rests on who lives there. */
export function needsResidents(...stated: readonly Readonly<Record<string, unknown>>[]): boolean {
  return stated.some(fields => RESTING.some(key => fields[key] !== undefined))
}

/** @param layers of the tenant's unit in the environment */
export function residentOf(layers: readonly Layer[], production: boolean, timetable: Timetable | undefined): Resident {
  const application = stated<string>(layers, ['identity', 'groups', 'application'])
  const modules = stated<readonly unknown[]>(layers, ['release', 'modules'])?.value ?? []
  return {
    tenancy: effectiveTenancy(stated<TenancyChoice>(layers, ['tenancy'])?.value, production),
    scheduled: stated(layers, ['schedule'])?.value === 'office',
    sessionServers: modules.some(module => (isFields(module) ? module.name : module) === 'session_redis'),
    ...(application === undefined ? {} : { application: application.value }),
    ...(timetable === undefined ? {} : { timetable }),
  }
}
