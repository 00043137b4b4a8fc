import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { addQuantities, multiplyQuantity, parseQuantity, type Quantity } from '../manifest/quantity.ts'
import { fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import { type BudgetRow, type DeclaredClaim, MOMENTS, type Moment, type VolumeClaim } from './budget-row.ts'
import { byNamespace } from './by-namespace.ts'
import { ONE, ZERO } from './resource-list.ts'

/** One bound of a ResourceQuota, and what is asked for of it. */
export interface QuotaUse {
  readonly source: Source
  readonly namespace: string
  /** As the quota names it: `requests.memory`, `pods`. */
  readonly resource: string
  readonly at: FieldPath
  readonly hard: Quantity
  readonly used: Readonly<Record<Moment, Quantity>>
  /** The rows that the quota counts: all of its namespace, or those in its scopes. */
  readonly rows: readonly BudgetRow[]
  readonly claims: readonly VolumeClaim[]
  readonly count: Count
}

export interface Quotas {
  readonly uses: readonly QuotaUse[]
  /** Bounds that are not computed here: counts of Services, of Secrets and the like, and malformed ones. */
  readonly unjudged: readonly { readonly source: Source; readonly at: FieldPath }[]
}

export function quotasOf(index: Index, rows: readonly BudgetRow[], claims: readonly DeclaredClaim[]): Quotas {
  const uses: QuotaUse[] = []
  const unjudged: { source: Source; at: FieldPath }[] = []
  const rowsIn = byNamespace(rows, ({ set }) => set.namespace)
  const claimsIn = byNamespace(claims, each => each.namespace)
  for (const source of index.ofKind('ResourceQuota', '')) {
    const namespace = namespaceOf(source)
    const { hard, scopes, scopeSelector } = fieldsOf(source.manifest.spec)
    const inScope = rowsIn(namespace).filter(row => isInScope(row, scopes, scopeSelector))
    const inNamespace = claimsIn(namespace)
    for (const [resource, value] of Object.entries(fieldsOf(hard))) {
      const at = ['spec', 'hard', resource]
      const [bound, count] = [parseQuantity(value), countOf(resource)]
      if (bound === undefined || count === undefined) {
        unjudged.push({ source, at })
        continue
      }
      const { ofPod, ofClaim } = count
      const usedAt = (moment: Moment) =>
        total([...inNamespace.map(ofClaim), ...inScope.map(row => multiplyQuantity(ofPod(row), row.pods[moment]))])
      const used = Object.fromEntries(MOMENTS.map(moment => [moment, usedAt(moment)])) as QuotaUse['used']
      uses.push({ source, namespace, resource, at, hard: bound, used, rows: inScope, claims: inNamespace, count })
    }
  }
  return { uses, unjudged }
}

function total(quantities: readonly Quantity[]): Quantity {
  return quantities.reduce(addQuantities, ZERO)
}

/** What one pod, and one claim that stands for itself, count towards a bound. */
export interface Count {
  ofPod(row: BudgetRow): Quantity
  ofClaim(claim: VolumeClaim): Quantity
}

const compute =
  (side: 'requests' | 'limits') =>
  (name: string): Count => ({
    ofPod: ({ pod }) => pod[side].get(name) ?? ZERO,
    ofClaim: () => ZERO,
  })

/** Counts all claims, or those of one storage class. */
const claimed =
  (amount: (claim: VolumeClaim) => Quantity) =>
  (storageClass: string): Count => {
    const ofClaim = (claim: VolumeClaim) =>
      storageClass === '' || claim.storageClass === storageClass ? amount(claim) : ZERO
    return { ofPod: ({ claims }) => total(claims.map(ofClaim)), ofClaim }
  }
const storage = claimed(claim => claim.storage)
const claims = claimed(() => ONE)

/** What the bounds of a quota count, by their names. Resources of others are bounded by their requests alone. */
const COUNTS: readonly (readonly [RegExp, (name: string) => Count])[] = [
  [/^(?:count\/)?pods$/, () => ({ ofPod: () => ONE, ofClaim: () => ZERO })],
  [/^(?:count\/)?persistentvolumeclaims$/, claims],
  [/^requests\.storage$/, storage],
  [/^(.+)\.storageclass\.storage\.k8s\.io\/persistentvolumeclaims$/, claims],
  [/^(.+)\.storageclass\.storage\.k8s\.io\/requests\.storage$/, storage],
  [/^limits\.(cpu|memory|ephemeral-storage)$/, compute('limits')],
  [/^(?:requests\.)?(cpu|memory|ephemeral-storage|hugepages-.+)$/, compute('requests')],
  [/^requests\.(.+\/.+)$/, compute('requests')],
]

/** What a bound of that name counts; `undefined` where that is not known here. */
function countOf(resource: string): Count | undefined {
  for (const [pattern, count] of COUNTS) {
    const match = pattern.exec(resource)
    if (match !== null) return count(match[1] ?? '')
  }
  return undefined
}

/** What tells pods apart for a quota, by the name of the scope. */
const SCOPES: ReadonlyMap<string, (row: BudgetRow) => boolean> = new Map([
  ['Terminating', isTerminating],
  ['NotTerminating', row => !isTerminating(row)],
  ['BestEffort', isBestEffort],
  ['NotBestEffort', row => !isBestEffort(row)],
  ['PriorityClass', ({ set }) => textOf(set.pod.priorityClassName) !== undefined],
  ['CrossNamespacePodAffinity', reachesOtherNamespaces],
])

function isTerminating({ set }: BudgetRow): boolean {
  return set.pod.activeDeadlineSeconds !== undefined
}

/** Nothing asked for, nothing bounded, in cpu and memory. */
function isBestEffort({ pod }: BudgetRow): boolean {
  return pod.containers.every(({ requests, limits }) =>
    [requests, limits].every(list => !list.has('cpu') && !list.has('memory')),
  )
}

function reachesOtherNamespaces({ set }: BudgetRow): boolean {
  const { podAffinity, podAntiAffinity } = fieldsOf(set.pod.affinity)
  const terms = [podAffinity, podAntiAffinity]
    .map(fieldsOf)
    .flatMap(side => [
      ...listOf(side.requiredDuringSchedulingIgnoredDuringExecution),
      ...listOf(side.preferredDuringSchedulingIgnoredDuringExecution).map(entry => fieldsOf(entry).podAffinityTerm),
    ])
  return terms
    .map(fieldsOf)
    .some(({ namespaces, namespaceSelector }) => listOf(namespaces).length > 0 || isFields(namespaceSelector))
}

/** A pod is in the scope of a quota when it meets all of its scopes; a scope that nobody knows counts every pod. */
function isInScope(row: BudgetRow, scopes: unknown, scopeSelector: unknown): boolean {
  return (
    listOf(scopes).every(scope => SCOPES.get(String(scope))?.(row) ?? true) &&
    listOf(fieldsOf(scopeSelector).matchExpressions)
      .map(fieldsOf)
      .every(({ scopeName, operator, values }) => {
        const meets = SCOPES.get(String(scopeName))?.(row) ?? true
        const isNamed = listOf(values).includes(row.set.pod.priorityClassName)
        if (operator === 'In') return isNamed
        if (operator === 'NotIn') return !isNamed
        return operator === 'DoesNotExist' ? !meets : meets
      })
  )
}
