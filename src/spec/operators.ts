import type { Fields } from '../manifest/value.ts'
import type { Asking } from './asking.ts'
import { OPERATORS, type OperatorName } from './facts/operators.ts'
import type { Gitops } from './gitops.ts'
import type { Resident } from './resident.ts'
import { closed, type Schema } from './schema-terms.ts'

const NAMES = Object.keys(OPERATORS) as OperatorName[]

const values: Schema = { type: 'object', description: 'Values for its chart, merged into those that waybill sets.' }

export const OPERATORS_SCHEMA: Schema = {
  description: 'Whether the operators that manifests rest on are taken for granted, or installed by gitops.engine.',
  oneOf: [
    { enum: ['assumed', 'managed'], description: 'assumed or managed. Default: assumed.' },
    closed(
      'Managed, some of them with values of your own for their charts; what an environment states stands for all of it.',
      Object.fromEntries(NAMES.map(name => [name, values])),
    ),
  ],
}

/** Operators that are wanted only where somebody who lives in the environment needs them. */
const NEEDED_BY: Readonly<Partial<Record<OperatorName, (resident: Resident) => boolean>>> = {
  keda: ({ scheduled }) => scheduled,
  'redis-operator': ({ sessionServers }) => sessionServers,
}

/** The operators that an engine installs, in that order, each with the values that the spec states for its chart. */
export type ManagedOperators = ReadonlyMap<OperatorName, Fields>

/** None where they are taken for granted. */
export function operatorsOf(
  { settle, home, contradict }: Pick<Asking, 'settle' | 'home' | 'contradict'>,
  gitops: Gitops | undefined,
  residents: readonly Resident[],
): ManagedOperators {
  const { value, key } = settle<'assumed' | 'managed' | Readonly<Partial<Record<OperatorName, Fields>>>>(
    'operators',
    () => ['assumed', 'default', home],
  )
  if (value === 'assumed') return new Map()
  if (gitops === undefined) {
    contradict({
      message: 'operators are to be managed, and no engine would install them',
      hint: 'state gitops.engine, or leave operators out',
      key,
    })
  }
  const stated = value === 'managed' ? {} : value
  const wanted = NAMES.filter(name => {
    const needs = NEEDED_BY[name]
    return stated[name] !== undefined || needs === undefined || residents.some(needs)
  })
  return new Map(wanted.map(name => [name, stated[name] ?? {}]))
}
