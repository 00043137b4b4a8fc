import type { Asking } from './asking.ts'
import { closed, type Schema, whole } from './schema-terms.ts'

/** What is tried in an environment on purpose: more people than usual, and the loss of a server. */
export interface Rehearsal {
  readonly load?: { readonly users: number; readonly minutes: number; readonly seconds: number }
  /** Seconds within which the database has to take writes again; absent where it has no standby. */
  readonly failover?: number
}

export const REHEARSAL_SCHEMA: Schema = closed(
  'What may be tried here, by starting a Job that sleeps. Never in production.',
  {
    users: whole('People that a load test plays. Default: the users of the tenant.', 1, 5_000),
    minutes: whole('How long it plays them. Default: 15.', 1, 240),
    seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'Time that 95 % of requests have to stay below. Default: 2.',
    },
    failover: {
      type: 'boolean',
      description: 'Whether the primary may be taken away for a test. Default: with standbys.',
    },
  },
)

/** What may be tried here; `undefined` where nobody asked for it. */
export function rehearsalOf(
  { unit, find, settle, say, home, contradict }: Asking,
  users: number,
  { instances, shared }: { readonly instances: number; readonly shared: boolean },
  longest: number,
): Rehearsal | undefined {
  const asked = find('rehearsal')
  if (asked === undefined) return undefined
  if (unit.production) {
    contradict({
      message: 'a rehearsal takes servers away and plays a crowd, and this is production',
      hint: 'move it to another environment',
      key: asked.key,
    })
  }
  const value = <T>(name: string, fallback: T, because: string) =>
    settle<T>(`rehearsal.${name}`, () => [fallback, because, home]).value
  const failover = settle('rehearsal.failover', () =>
    shared ? [false, 'the servers are shared', home] : [instances > 1, `${instances} servers of PostgreSQL`, home],
  )
  if (failover.value && shared) {
    contradict({
      message: 'the loss of a server is to be tried, and others work on these servers',
      hint: 'state rehearsal.failover: false, or tenancy: dedicated',
      key: failover.key,
    })
  } else if (failover.value && instances < 2) {
    contradict({
      message: 'the loss of a server is to be tried, and there is only one',
      hint: 'state database.instances 2 at least, or rehearsal.failover: false',
      key: failover.key,
    })
  }
  say('rehearsal', true, 'stated', asked.key)
  return {
    load: {
      users: value('users', users, 'the users of the tenant here'),
      minutes: value('minutes', 15, 'default'),
      seconds: value('seconds', 2, 'default'),
    },
    ...(failover.value ? { failover: longest } : {}),
  }
}
