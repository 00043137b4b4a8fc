import type { Asking } from './asking.ts'
import { OPERATORS, type OperatorName } from './facts/operators.ts'
import type { Gitops } from './gitops.ts'
import type { Resident } from './resident.ts'
import type { Schema } from './schema-terms.ts'

export const OPERATORS_SCHEMA: Schema = {
  enum: ['assumed', 'managed'],
  description:
    'Whether the operators that manifests rest on are taken for granted, or installed by gitops.engine. Default: assumed.',
}

/** Operators that are wanted only where somebody who lives in the environment needs them. */
const NEEDED_BY: Readonly<Partial<Record<OperatorName, (resident: Resident) => boolean>>> = {
  keda: ({ scheduled }) => scheduled,
  'redis-operator': ({ sessionServers }) => sessionServers,
}

/** The operators that the engine installs; none where they are taken for granted. */
export function operatorsOf(
  { settle, home, contradict }: Pick<Asking, 'settle' | 'home' | 'contradict'>,
  gitops: Gitops | undefined,
  residents: readonly Resident[],
): readonly OperatorName[] {
  const operators = settle<'assumed' | 'managed'>('operators', () => ['assumed', 'default', home])
  if (operators.value === 'assumed') return []
  if (gitops === undefined) {
    contradict({
      message: 'operators are to be managed, and no engine would install them',
      hint: 'state gitops.engine, or leave operators out',
      key: operators.key,
    })
  }
  return (Object.keys(OPERATORS) as OperatorName[]).filter(name => {
    const needs = NEEDED_BY[name]
    return needs === undefined || residents.some(needs)
  })
}
