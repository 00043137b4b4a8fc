import type { PodEndpoint } from '../../src/analysis/endpoint.ts'
import { environmentReach } from '../../src/analysis/environment-reach.ts'
import { policiesOf } from '../../src/analysis/foreign-policy.ts'
import { formatPorts, hasPort, type Port, portRange } from '../../src/analysis/port-set.ts'
import type { Reach } from '../../src/analysis/reach.ts'
import { type EdgeFact, evidenceOf, tellingFacts } from '../../src/analysis/reach-edge.ts'
import type { PlacedRule, Stance } from '../../src/analysis/reach-group.ts'
import { type ServiceReference, serviceReferences } from '../../src/analysis/service-reference.ts'
import { edgeToService } from '../../src/analysis/service-target.ts'
import { definePolicy, type Judgement } from '../../src/lint/policy.ts'
import { groupOf } from '../../src/manifest/manifest.ts'
import { fieldsOf } from '../../src/manifest/value.ts'
import type { Workload } from '../../src/manifest/workload.ts'

/** DNS is asked over both. */
const DNS: readonly Port[] = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]

/**
 * Ports on which an operator asks its servers, by `group/kind` of what it makes them from; `name` is the label
 * `app.kubernetes.io/name` of its own pods. As of November 2026: CloudNativePG 1.30 (the status that every decision
 * rests on), redis-operator of OT-CONTAINER-KIT, API v1beta2 (which of the servers is the master).
 */
const ASKED: Readonly<Record<string, { readonly port: number; readonly name: string; readonly consequence: string }>> =
  {
    'postgresql.cnpg.io/Cluster': {
      port: 8000,
      name: 'cloudnative-pg',
      consequence: 'so it takes every server for down and fails over to none',
    },
    'redis.redis.opstreelabs.in/RedisReplication': {
      port: 6379,
      name: 'redis-operator',
      consequence: 'so it never names a master',
    },
  }

export default definePolicy({
  title: 'no policy closes a path that pods cannot do without',
  fix: 'add a rule that opens the path, on both ends of it',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    // Nothing but a policy closes a path.
    if (policiesOf(index).judged.length === 0) return
    const { reach, services } = environmentReach(index)
    for (const workload of index.workloads) {
      const pods = reach.find(`${workload.kind}/${workload.namespace}/${workload.name}`)
      if (pods === undefined) continue
      const references = serviceReferences(workload, services)
      yield* closedServices(workload, pods, references, reach)
      yield* closedNames(workload, pods, references, reach)
    }
    yield* closedOperators(reach)
  },
})

/** Services that a container is told to use and that no connection of its pods gets through to. */
function* closedServices(
  { source }: Workload,
  pods: PodEndpoint,
  references: readonly ServiceReference[],
  reach: Reach,
): Generator<Judgement> {
  const told = new Set<string>()
  for (const { container, at, host, service, port } of references) {
    const asked = service.ports.filter(own => port === undefined || own.port === port)
    const edges = asked.map(own => edgeToService(reach, pods, service, own))
    const [first] = edges
    const key = `${container.name} ${service.namespace}/${service.name} ${port}`
    if (first === undefined || edges.some(({ verdict }) => verdict !== 'denied') || told.has(key)) continue
    told.add(key)
    const on = port === undefined ? '' : ` on port ${port}`
    const message = `container "${container.name}" is told to use "${host}"${on}, which no policy opens to it, so it waits for an answer that never comes`
    yield { source, at, message, ...evidenceIn(first.because) }
  }
}

/** Pods that look up the name of a Service and may ask no DNS server at all. */
function* closedNames(
  { source, pod }: Workload,
  pods: PodEndpoint,
  [first]: readonly ServiceReference[],
  reach: Reach,
): Generator<Judgement> {
  const stance = reach.groupOf(pods).stances.egress
  // With a list of hosts, or servers of its own, a pod may do without the DNS of the cluster.
  if (first === undefined || pod.hostAliases !== undefined || pod.dnsPolicy === 'None') return
  if (!isClosed(stance, DNS, () => true)) return
  const { container, at, host } = first
  const message = `container "${container.name}" looks up "${host}", and no policy opens port 53 to it, so the name is never found`
  const isolating = stance.isolations.flatMap(({ policies }) => policies).slice(0, 1)
  const evidence = isolating.map(policy => ({
    file: policy.source.file,
    range: policy.source.range(['spec', 'podSelector']),
    message: 'this isolates its egress',
  }))
  yield { source, at, message, evidence }
}

/** Servers that their operator cannot ask. */
function* closedOperators(reach: Reach): Generator<Judgement> {
  const told = new Set<string>()
  const podsNamed = new Map<string, readonly PodEndpoint[]>()
  for (const pods of reach.pods) {
    const { manifest } = pods.source
    const asked = ASKED[`${groupOf(manifest.apiVersion)}/${manifest.kind}`]
    const port: Port = { protocol: 'TCP', port: asked?.port ?? 0 }
    if (asked === undefined || told.has(pods.source.file + manifest.metadata.name) || !listensOn(pods, port)) continue
    // Each of thousands of servers has the same few operators.
    const operators =
      podsNamed.get(asked.name) ?? reach.pods.filter(({ labels }) => labels['app.kubernetes.io/name'] === asked.name)
    podsNamed.set(asked.name, operators)
    const seen = operators.filter(({ stranger }) => !stranger)
    const closed =
      seen.length > 0
        ? seen.every(operator => reach.edge(operator, pods, port).verdict === 'denied')
        : isClosed(reach.groupOf(pods).stances.ingress, [port], mayBeOperator)
    if (!closed) continue
    told.add(pods.source.file + manifest.metadata.name)
    const ports = formatPorts(portRange(port.protocol, port.port))
    const message = `operator of "${manifest.kind}/${manifest.metadata.name}" is let in to its servers on ${ports} by no policy, ${asked.consequence}`
    const [policy] = reach.groupOf(pods).stances.ingress.isolations.flatMap(({ policies }) => policies)
    const evidence =
      policy === undefined
        ? []
        : [
            {
              file: policy.source.file,
              range: policy.source.range(['spec', 'podSelector']),
              message: 'this isolates them',
            },
          ]
    yield { source: pods.source, at: ['metadata', 'name'], message, evidence }
  }
}

function listensOn({ ports }: PodEndpoint, { protocol, port }: Port): boolean {
  return ports.some(own => own.protocol === protocol && own.port === port)
}

/** Whether a stance isolates, and no rule that `mayConcern` opens any of the ports. A rule by port name may. */
function isClosed(
  { isolations, unjudged }: Stance,
  ports: readonly Port[],
  mayConcern: (rule: PlacedRule) => boolean,
): boolean {
  if (isolations.length === 0 || unjudged.length > 0) return false
  return isolations
    .flatMap(({ rules }) => rules)
    .filter(mayConcern)
    .every(({ rule }) => rule.ports.names.length === 0 && !ports.some(port => hasPort(rule.ports.numbers, port)))
}

/** An operator that is in no manifest may be anybody but the servers themselves, which a rule names by their own labels. */
function mayBeOperator({ rule }: PlacedRule): boolean {
  return (rule.peers ?? [undefined]).some(peer => {
    if (peer === undefined || peer.kind === 'addresses' || peer.namespaces !== undefined) return true
    return !Object.keys(fieldsOf(peer.pods.matchLabels)).some(label => /^cnpg\.io\/|^app$|^role$/.test(label))
  })
}

function evidenceIn(facts: readonly EdgeFact[]): Pick<Judgement, 'evidence'> {
  const closing = tellingFacts(facts.filter(({ effect }) => effect === 'closes')).map(({ fact }) => fact)
  const evidence = evidenceOf(closing)
  return evidence.length === 0 ? {} : { evidence }
}
