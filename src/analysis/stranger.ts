import type { Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { matchesSelector } from '../manifest/selector.ts'
import { type Fields, fieldsOf, labelsOf, listOf } from '../manifest/value.ts'
import { byEndpointId, type PodEndpoint, podEndpointsOf, TENANT_LABEL, ZONE_LABEL } from './endpoint.ts'
import { policiesOf } from './foreign-policy.ts'
import { DIRECTIONS } from './network-policy.ts'
import { selectionOf } from './reach-group.ts'
import { labelsSelectedBy } from './selector-example.ts'

type Labels = Readonly<Record<string, string>>

/**
 * Pods that a policy names and no manifest tells of: the ingress controller, an operator, Prometheus, the DNS of the
 * cluster. Known of them is what the policy says, and nothing of what isolates them where they live.
 */
export interface Stranger {
  readonly pods: PodEndpoint
  readonly namespaceLabels: Labels
}

const NAMESPACE_NAME = 'kubernetes.io/metadata.name'

/** In the order of ids, which read `Pod/traefik/app.kubernetes.io/name=traefik`; `*` stands for any. */
export function strangersOf(index: Index): readonly Stranger[] {
  const seen = selectionOf(podEndpointsOf(index), index.namespaceLabels)
  const asked = new Set<string>()
  const found = new Map<string, Stranger>()
  for (const { source, rules } of policiesOf(index).judged) {
    for (const peer of DIRECTIONS.flatMap(direction => rules[direction] ?? []).flatMap(rule => rule.peers ?? [])) {
      if (peer.kind !== 'pods' || peer.namespaces === undefined) continue
      const key = JSON.stringify([peer.namespaces, peer.pods])
      if (asked.has(key)) continue
      asked.add(key)
      for (const namespaces of eachName(peer.namespaces)) {
        const isSeen = seen({ namespaces, pods: peer.pods }).some(({ hostNetwork }) => !hostNetwork)
        const stranger = isSeen ? undefined : strangerOf(index, source, namespaces, peer.pods)
        if (stranger !== undefined && !found.has(stranger.pods.id)) found.set(stranger.pods.id, stranger)
      }
    }
  }
  return [...found.values()].sort((a, b) => byEndpointId(a.pods, b.pods))
}

/** A pod of which nothing is known but that it is none of those in the manifests; none where there are no manifests. */
export function anyOtherPod(index: Index): readonly Stranger[] {
  return index.sources.slice(0, 1).flatMap(source => strangerOf(index, source, {}, {}) ?? [])
}

function strangerOf(index: Index, source: Source, namespaces: Fields, pods: Fields): Stranger | undefined {
  const [wanted, labels] = [labelsSelectedBy(namespaces), labelsSelectedBy(pods)]
  if (wanted === undefined || labels === undefined) return undefined
  const name = wanted[NAMESPACE_NAME]
  const namespace = name ?? formatSelector(namespaces)
  // Of a namespace that is among the manifests all labels are known, and a policy that asks for more names nobody in it.
  const isKnown = name !== undefined && index.namespaces.includes(name)
  const namespaceLabels = isKnown ? index.namespaceLabels(name) : wanted
  if (!matchesSelector(namespaces, namespaceLabels)) return undefined
  return {
    pods: {
      kind: 'pods',
      id: `Pod/${namespace}/${formatSelector(pods)}`,
      source,
      namespace,
      zone: labels[ZONE_LABEL] ?? namespaceLabels[ZONE_LABEL],
      tenant: labels[TENANT_LABEL] ?? namespaceLabels[TENANT_LABEL],
      labels,
      ports: [],
      hostNetwork: false,
      single: false,
      stranger: true,
    },
    namespaceLabels,
  }
}

/** A selector that names several namespaces, as one for each. */
function eachName(selector: Fields): readonly Fields[] {
  const expressions = listOf(selector.matchExpressions).map(fieldsOf)
  const naming = expressions.find(({ key, operator }) => key === NAMESPACE_NAME && operator === 'In')
  if (naming === undefined) return [selector]
  const others = expressions.filter(expression => expression !== naming)
  return listOf(naming.values).map(value => ({
    matchLabels: { ...fieldsOf(selector.matchLabels), [NAMESPACE_NAME]: value },
    matchExpressions: others,
  }))
}

const OPERATORS: Readonly<Record<string, string>> = { In: '=', NotIn: '!=', Exists: '', DoesNotExist: '' }

function formatSelector(selector: Fields): string {
  const equalities = Object.entries(labelsOf(selector.matchLabels)).map(([key, value]) => `${key}=${value}`)
  const expressions = listOf(selector.matchExpressions)
    .map(fieldsOf)
    .map(({ key, operator, values }) => {
      const not = operator === 'DoesNotExist' ? '!' : ''
      return `${not}${String(key)}${OPERATORS[String(operator)] ?? ''}${listOf(values).join('|')}`
    })
  return [...equalities, ...expressions].sort().join(',') || '*'
}
