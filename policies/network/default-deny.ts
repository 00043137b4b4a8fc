import { policiesOf, type UnjudgedPolicy } from '../../src/analysis/foreign-policy.ts'
import { inhabitedNamespaces } from '../../src/analysis/inhabited-namespace.ts'
import { difference } from '../../src/analysis/interval-set.ts'
import { DIRECTIONS, type Direction, type NetworkPolicy } from '../../src/analysis/network-policy.ts'
import { ALL_PORTS } from '../../src/analysis/port-set.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { append } from '../../src/manifest/group-by.ts'
import type { Index } from '../../src/manifest/manifest-index.ts'
import { matchesSelector } from '../../src/manifest/selector.ts'
import { listOf } from '../../src/manifest/value.ts'

const CONSEQUENCE: Readonly<Record<Direction, string>> = {
  ingress: 'every pod of the cluster can connect to its pods',
  egress: 'whoever breaks into one of its pods can connect to anything',
}

export default definePolicy({
  title: 'every namespace with workloads denies traffic by default, in both directions',
  fix: 'add a NetworkPolicy with podSelector {}, policyTypes [Ingress, Egress] and no rules, and allow beside it what is needed',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    const { judged, unjudged } = policiesOf(index)
    const forAll = new Map<string, NetworkPolicy[]>()
    for (const policy of judged.filter(({ subject }) => selectsAll(subject))) {
      append(forAll, policy.namespace, policy)
    }
    for (const { name, source, at, onHosts } of inhabitedNamespaces(index)) {
      if (onHosts) continue
      const own = forAll.get(name) ?? []
      const [first, second] = DIRECTIONS.filter(direction => {
        const unknown = unjudged.some(policy => mayDeny(policy, direction, name, index))
        return !unknown && !denies(own, direction)
      })
      if (first === undefined) continue
      const open = second === undefined ? first : `${first} and ${second}`
      const consequence = second === undefined ? CONSEQUENCE[first] : 'its pods reach, and are reached from, anywhere'
      yield { source, at, message: `namespace "${name}" does not deny ${open} by default, so ${consequence}` }
    }
  },
})

/** `{}`, also with empty `matchLabels` and `matchExpressions`. */
function selectsAll({ matchLabels, matchExpressions }: NetworkPolicy['subject']): boolean {
  return Object.keys(matchLabels ?? {}).length === 0 && listOf(matchExpressions).length === 0
}

/** Whether policies for all pods of a namespace isolate them in a direction without opening it to everyone again. */
function denies(policies: readonly NetworkPolicy[], direction: Direction): boolean {
  const rules = policies.flatMap(policy => policy.rules[direction] ?? [])
  const isOpen = rules.some(
    ({ peers, ports }) => peers === undefined && difference(ALL_PORTS, ports.numbers).length === 0,
  )
  return !isOpen && policies.some(policy => policy.rules[direction] !== undefined)
}

/** Whether a policy that is not evaluated here may isolate all pods of a namespace. */
function mayDeny(
  { directions, scope }: UnjudgedPolicy,
  direction: Direction,
  namespace: string,
  index: Index,
): boolean {
  if (!directions.includes(direction)) return false
  if (scope.pods !== undefined && !selectsAll(scope.pods)) return false
  if (scope.namespace !== undefined) return scope.namespace === namespace
  return scope.namespaces === undefined || matchesSelector(scope.namespaces, index.namespaceLabels(namespace))
}
