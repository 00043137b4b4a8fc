import { groupOf, objectName, type Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, isFields, listOf } from '../manifest/value.ts'
import { selectorFault } from './label-index.ts'
import {
  controllerLabelIn,
  DIRECTIONS,
  type Direction,
  isPolicyFault,
  type NetworkPolicy,
  readNetworkPolicy,
} from './network-policy.ts'
import { perIndex } from './per-index.ts'

/** Pods by namespace and labels; what is absent does not narrow. */
export interface PodScope {
  readonly namespace?: string
  readonly namespaces?: Fields
  readonly pods?: Fields
}

/** A policy that governs pods in a way that is not computed here, so that nothing certain can be said of them. */
export interface UnjudgedPolicy {
  readonly source: Source
  readonly at: FieldPath
  /** Subject and fact: `"CiliumNetworkPolicy/app/p" of cilium.io is a kind of policy that is not evaluated`. */
  readonly reason: string
  readonly directions: readonly Direction[]
  readonly scope: PodScope
}

export interface Policies {
  readonly judged: readonly NetworkPolicy[]
  readonly unjudged: readonly UnjudgedPolicy[]
}

type Concern = Pick<UnjudgedPolicy, 'directions' | 'scope'>

/** Whom a policy of another kind governs, no wider than its manifest surely says. Kinds by `group/kind`. */
const CONCERNS: Readonly<Record<string, (source: Source) => readonly Concern[]>> = {
  'cilium.io/CiliumNetworkPolicy': ciliumConcerns,
  'cilium.io/CiliumClusterwideNetworkPolicy': ciliumConcerns,
  'policy.networking.k8s.io/AdminNetworkPolicy': adminConcerns,
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy': adminConcerns,
  'policy.networking.k8s.io/ClusterNetworkPolicy': adminConcerns,
  'projectcalico.org/NetworkPolicy': calicoConcerns,
  'projectcalico.org/GlobalNetworkPolicy': calicoConcerns,
  'crd.projectcalico.org/NetworkPolicy': calicoConcerns,
  'crd.projectcalico.org/GlobalNetworkPolicy': calicoConcerns,
}

/** Calico's staged policies log what they would do and do nothing. */
const NETWORK_POLICY = /\/(?!Staged)[^/]*NetworkPolicy$/

/**
 * Every policy that governs traffic: NetworkPolicies that stand are judged; those that the API server refuses, and
 * policies of any other kind whose name ends in `NetworkPolicy`, are not.
 */
export const policiesOf = perIndex((index): Policies => {
  const judged: NetworkPolicy[] = []
  const unjudged: UnjudgedPolicy[] = []
  for (const source of index.ofKinds(NETWORK_POLICY)) {
    const { apiVersion, kind } = source.manifest
    const group = groupOf(apiVersion)
    if (group !== 'networking.k8s.io') {
      const concerns = CONCERNS[`${group}/${kind}`]?.(source) ?? [{ directions: DIRECTIONS, scope: homeOf(source) }]
      const reason = `"${objectName(source.manifest)}" of ${group} is a kind of policy that is not evaluated`
      for (const concern of concerns) unjudged.push({ source, at: ['spec'], reason, ...concern })
      continue
    }
    const read = readJudgeable(source)
    if (!('fact' in read)) judged.push(read)
    else {
      const scope = { namespace: namespaceOf(source), ...podsIn(fieldsOf(source.manifest.spec).podSelector) }
      const reason = `"${objectName(source.manifest)}" ${read.fact}`
      unjudged.push({ source, at: read.at, reason, directions: DIRECTIONS, scope })
    }
  }
  return { judged, unjudged }
})

/** Why a NetworkPolicy cannot be judged: `is refused by the API server: …`. */
interface Hindrance {
  readonly at: FieldPath
  readonly fact: string
}

function readJudgeable(source: Source): NetworkPolicy | Hindrance {
  const read = readNetworkPolicy(source)
  if (isPolicyFault(read)) return { at: read.at, fact: `is refused by the API server: ${read.reason}` }
  const peers = DIRECTIONS.flatMap(direction => read.rules[direction] ?? []).flatMap(rule => rule.peers ?? [])
  const selectors = [
    { at: ['spec', 'podSelector'], pods: read.subject },
    ...peers.flatMap(peer => (peer.kind === 'pods' ? [{ at: [...peer.at, 'podSelector'], pods: peer.pods }] : [])),
  ]
  for (const { at, pods } of selectors) {
    const label = controllerLabelIn(pods)
    if (label !== undefined) return { at, fact: `selects by "${label}", which no manifest but only a controller sets` }
  }
  return read
}

/** A policy that names no namespace may govern any pod: it is cluster-scoped, or lands where it is applied. */
function homeOf(source: Source): PodScope {
  const { namespace } = source.manifest.metadata
  return namespace === undefined ? {} : { namespace }
}

/** The pods that a selector surely narrows a scope to; it narrows nothing where that cannot be told. */
function podsIn(selector: unknown): PodScope {
  const told = isFields(selector) && selectorFault(selector) === undefined && controllerLabelIn(selector) === undefined
  return told ? { pods: selector } : {}
}

function directionsOf(fields: Readonly<Record<Direction, boolean>>): readonly Direction[] {
  const named = DIRECTIONS.filter(direction => fields[direction])
  return named.length === 0 ? DIRECTIONS : named
}

function ciliumConcerns(source: Source): readonly Concern[] {
  const { spec, specs } = source.manifest
  return [...(isFields(spec) ? [spec] : []), ...listOf(specs).map(fieldsOf)].map(rule => ({
    directions: directionsOf({
      ingress: 'ingress' in rule || 'ingressDeny' in rule,
      egress: 'egress' in rule || 'egressDeny' in rule,
    }),
    scope: { ...homeOf(source), ...podsIn(ciliumSelector(rule.endpointSelector)) },
  }))
}

/** A Cilium selector over plain pod labels as a LabelSelector; `undefined` when a key carries a source prefix. */
function ciliumSelector(selector: unknown): unknown {
  const { matchLabels, matchExpressions } = fieldsOf(selector)
  const keys = [...Object.keys(fieldsOf(matchLabels)), ...listOf(matchExpressions).map(entry => fieldsOf(entry).key)]
  return keys.some(key => typeof key !== 'string' || /:|^io\./.test(key)) ? undefined : selector
}

function adminConcerns({ manifest }: Source): readonly Concern[] {
  const { subject, ingress, egress } = fieldsOf(manifest.spec)
  const { namespaces, pods } = fieldsOf(subject)
  const namespaceSelector = isFields(pods) ? pods.namespaceSelector : namespaces
  const known = isFields(namespaceSelector) && selectorFault(namespaceSelector) === undefined
  return [
    {
      directions: directionsOf({ ingress: listOf(ingress).length > 0, egress: listOf(egress).length > 0 }),
      scope: {
        ...(known ? { namespaces: namespaceSelector } : {}),
        ...(isFields(pods) ? podsIn(pods.podSelector) : {}),
      },
    },
  ]
}

/** Calico selects with an expression language of its own, so all pods in reach of the policy are concerned. */
function calicoConcerns(source: Source): readonly Concern[] {
  const types = listOf(fieldsOf(source.manifest.spec).types)
  return [
    {
      directions: directionsOf({ ingress: types.includes('Ingress'), egress: types.includes('Egress') }),
      scope: homeOf(source),
    },
  ]
}
