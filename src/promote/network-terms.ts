import { fieldsOf, isFields, listOf } from '../manifest/value.ts'
import { canonicalText } from './canonical-text.ts'
import type { Change } from './change.ts'
import { SELECTOR } from './pod-terms.ts'
import { high, low, medium, none } from './risk.ts'
import { saySelector } from './selector-words.ts'
import { element, fromTo, type Reading, rest, say, set, type Term, type Terms, value, without } from './term.ts'

const ANYWHERE = 'anywhere'
const REWRITTEN = none('other rules that allow the same')

/** One peer of a NetworkPolicy rule in words. */
function sayPeer(peer: unknown): string {
  const { ipBlock, namespaceSelector, podSelector } = fieldsOf(peer)
  if (isFields(ipBlock)) {
    const except = listOf(ipBlock.except).map(String).sort().join(', ')
    return `${say(ipBlock.cidr)}${except === '' ? '' : ` except ${except}`}`
  }
  const pods = saySelector(podSelector) === '' ? 'all pods' : `pods ${saySelector(podSelector)}`
  if (!isFields(namespaceSelector)) return pods
  const namespaces = saySelector(namespaceSelector)
  return `${pods} of ${namespaces === '' ? 'all namespaces' : `namespaces ${namespaces}`}`
}

function sayPort(port: unknown): string {
  const { port: number, endPort, protocol } = fieldsOf(port)
  const range = endPort === undefined ? '' : `-${String(endPort)}`
  return `${say(number) ?? 'any'}${range}/${say(protocol) ?? 'TCP'}`
}

/** What a rule list allows: one line for each peer on each port. An absent or empty list of either allows any. */
function allowances(rules: unknown, field: 'from' | 'to'): string[] {
  const found = new Set<string>()
  for (const rule of listOf(rules)) {
    const { [field]: peers, ports } = fieldsOf(rule)
    const names = listOf(peers).length === 0 ? [ANYWHERE] : listOf(peers).map(sayPeer)
    const numbers = listOf(ports).length === 0 ? ['any port'] : listOf(ports).map(sayPort)
    for (const name of names) for (const number of numbers) found.add(`${field} ${name} on ${number}`)
  }
  return [...found].sort()
}

/** Whether a line of `allowances` reaches beyond the cluster's own pods without limit. */
function isWide(allowance: string): boolean {
  return / (anywhere|0\.0\.0\.0\/0|::\/0)[ ,]/.test(`${allowance} `) || /all pods of all namespaces/.test(allowance)
}

function rules(what: 'ingress' | 'egress'): Term {
  const field = what === 'ingress' ? 'from' : 'to'
  const wide = high(what === 'ingress' ? 'anything may connect to the pods' : 'the pods may connect to anything')
  return {
    whole: true,
    read(change): Reading[] {
      const before = allowances(change.from, field)
      const after = allowances(change.to, field)
      const opened = without(after, before).map(
        (to): Reading => ({
          topic: 'network',
          what,
          to: String(to),
          risk: isWide(String(to)) ? wide : medium('a connection is opened'),
        }),
      )
      const closed = without(before, after).map(
        (from): Reading => ({
          topic: 'network',
          what,
          from: String(from),
          risk: medium('a connection is closed: traffic that used it fails'),
        }),
      )
      if (opened.length + closed.length > 0) return [...closed, ...opened]
      const isOtherOrder = sorted(change.from) === sorted(change.to)
      return isOtherOrder ? [] : [{ topic: 'network', what, ...fromTo(change), risk: REWRITTEN }]
    },
  }
}

function sorted(list: unknown): string {
  return listOf(list).map(canonicalText).sort().join('\n')
}

export const NETWORK_POLICY: Terms = {
  spec: {
    podSelector: SELECTOR,
    policyTypes: set('network', 'directions', {
      added: high('what no rule allows in that direction is closed'),
      removed: high('that direction is open again'),
    }),
    ingress: rules('ingress'),
    egress: rules('egress'),
    '': rest('network', high('other connections are allowed')),
  },
}

/** All that a policy allows, for one that comes or goes. */
export function sayNetworkPolicy(spec: unknown): string {
  const { ingress, egress } = fieldsOf(spec)
  const lines = [...allowances(ingress, 'from'), ...allowances(egress, 'to')]
  return lines.length === 0 ? 'allows nothing' : lines.join('; ')
}

const EXPOSED = ({ to }: Change) =>
  to === 'LoadBalancer' || to === 'NodePort'
    ? high('the service is reachable from outside the cluster')
    : medium('the service is reachable by another way')

export const SERVICE: Terms = {
  spec: {
    type: value('network', 'type', EXPOSED),
    selector: SELECTOR,
    clusterIP: value('network', 'cluster address', high('clients lose the address')),
    clusterIPs: value('network', 'cluster addresses', high('clients lose the address')),
    externalName: value('network', 'external name', high('the name leads elsewhere')),
    externalIPs: set('network', 'external addresses', {
      added: high('the service is reachable from outside the cluster'),
      removed: high('clients outside the cluster lose the address'),
    }),
    loadBalancerSourceRanges: set('network', 'allowed sources', {
      added: high('more clients may connect'),
      removed: medium('clients from there are refused; with none left, everybody may connect'),
    }),
    ports: {
      '[]': element('network', 'port', {
        added: low('another port is served'),
        removed: high('clients of that port are refused'),
        changed: high('clients of that port reach something else'),
      }),
    },
    '': rest('network', medium('the service behaves differently')),
  },
}
