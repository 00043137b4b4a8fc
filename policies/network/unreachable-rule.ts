import type { PodEndpoint } from '../../src/analysis/endpoint.ts'
import { environmentReach } from '../../src/analysis/environment-reach.ts'
import { type PodScope, policiesOf } from '../../src/analysis/foreign-policy.ts'
import { difference } from '../../src/analysis/interval-set.ts'
import {
  DIRECTIONS,
  type Direction,
  type NetworkPolicy,
  type Peer,
  type Rule,
} from '../../src/analysis/network-policy.ts'
import { portRange } from '../../src/analysis/port-set.ts'
import { scopeOf, selectionOf } from '../../src/analysis/reach-group.ts'
import { labelsSelectedBy } from '../../src/analysis/selector-example.ts'
import { definePolicy, type Judgement } from '../../src/lint/policy.ts'
import { type FieldPath, valueAt } from '../../src/manifest/path.ts'
import { type Fields, fieldsOf, labelsOf, listOf } from '../../src/manifest/value.ts'

const PEERS_FIELD = { ingress: 'from', egress: 'to' } as const
const TYPE_NAME = { ingress: 'Ingress', egress: 'Egress' } as const

export default definePolicy({
  title: 'every rule of a NetworkPolicy has an effect',
  fix: 'correct the label, the port name or policyTypes, or take the rule away',
  severity: { lite: 'info', standard: 'warning', strict: 'warning' },
  *check(index) {
    const { judged } = policiesOf(index)
    if (judged.length === 0) return
    const seen = environmentReach(index).reach.pods.filter(({ stranger }) => !stranger)
    const select = selectionOf(seen, index.namespaceLabels)
    for (const policy of judged) {
      const { namespace, subject, rules } = policy
      const selected = select({ namespace, pods: subject })
      if (selected.length === 0) {
        yield* slip(policy, ['spec', 'podSelector'], subject, select({ namespace }), 'the policy protects nothing')
      }
      for (const direction of DIRECTIONS) {
        yield* ofDirection(policy, direction)
        yield* shadowed(policy, rules[direction] ?? [], direction)
        for (const rule of rules[direction] ?? []) {
          const peers = (rule.peers ?? []).map(peer => {
            const scope: PodScope = peer.kind === 'pods' ? scopeOf(policy, peer) : {}
            return { peer, scope, pods: peer.kind === 'pods' ? select(scope) : [] }
          })
          // A rule that also leads to others than pods in the manifests may well find the port there.
          const known = peers.every(({ pods }) => pods.length > 0) ? peers.flatMap(({ pods }) => pods) : []
          yield* nameless(policy, rule, direction === 'ingress' ? selected : known)
          for (const { peer, scope, pods } of peers) {
            if (peer.kind === 'addresses' || pods.length > 0) continue
            const around = select({ ...scope, pods: {} })
            yield* slip(policy, [...peer.at, 'podSelector'], peer.pods, around, 'the rule opens nothing to them')
          }
        }
      }
    }
  },
})

/** Rules of a direction that `policyTypes` leaves out: the API server keeps them, and nobody obeys them. */
function* ofDirection({ source, rules }: NetworkPolicy, direction: Direction): Generator<Judgement> {
  const stated = listOf(fieldsOf(source.manifest.spec)[direction])
  if (rules[direction] !== undefined || stated.length === 0) return
  const message = `${direction} rules stand in a policy whose policyTypes leaves "${TYPE_NAME[direction]}" out, so nobody obeys them`
  yield { source, at: ['spec', direction], message }
}

/** A selector that selects nothing although a slip of the pen is all that keeps it from selecting pods that are there. */
function* slip(
  { source }: NetworkPolicy,
  at: FieldPath,
  selector: Fields,
  among: readonly PodEndpoint[],
  consequence: string,
): Generator<Judgement> {
  if (labelsSelectedBy(selector) === undefined) {
    yield { source, at, message: `selector contradicts itself and selects no pod, so ${consequence}` }
    return
  }
  for (const { id, labels } of among) {
    const found = slipBetween(selector, labels)
    if (found === undefined) continue
    const message = `selector asks for "${found.asked}" and selects no pod, while "${id}" carries "${found.carried}", so ${consequence}`
    yield { source, at, message }
    return
  }
}

/** The one label that a pod carries under another key, or with a value that is a slip away. */
function slipBetween(
  { matchLabels, matchExpressions }: Fields,
  labels: Readonly<Record<string, string>>,
): { readonly asked: string; readonly carried: string } | undefined {
  if (listOf(matchExpressions).length > 0) return undefined
  const wanted = labelsOf(matchLabels)
  const [missed, ...others] = Object.entries(wanted).filter(([key, value]) => labels[key] !== value)
  if (missed === undefined || others.length > 0) return undefined
  const [key, value] = missed
  const carried = labels[key]
  const found =
    carried === undefined
      ? Object.entries(labels).find(([other, own]) => own === value && !(other in wanted) && isTelling(value))
      : isSlip(carried, value)
        ? ([key, carried] as const)
        : undefined
  return found && { asked: `${key}=${value}`, carried: found.join('=') }
}

/** Whether two labels with this value surely mean the same thing. */
function isTelling(value: string): boolean {
  return value.length > 2 && !/^(true|false|any|none|app|web|main|default|\d+)$/.test(value)
}

/** One letter too many, too few or another one, or two that changed places, within a word: ends tell things apart. */
function isSlip(one: string, other: string): boolean {
  if (one.length < other.length) return isSlip(other, one)
  if (other.length < 3 || one.length - other.length > 1) return false
  const at = [...one].findIndex((letter, nth) => letter !== other[nth])
  const [a, b] = [one.slice(at), other.slice(at)]
  const word = (/[a-z]*$/i.exec(one.slice(0, at))?.[0].length ?? 0) + (/^[a-z]*/i.exec(a)?.[0].length ?? 0)
  if (at === -1 || /\d/.test(`${a[0]}${b[0]}`)) return false
  const isSwap = one.length === other.length && b.startsWith(`${a[1]}${a[0]}`) && a.slice(2) === b.slice(2)
  const isOther = word > 3 && a.slice(1) === (one.length === other.length ? b.slice(1) : b)
  return isSwap || isOther
}

/** A port by a name that none of the pods gives to any of its ports. */
function* nameless({ source }: NetworkPolicy, rule: Rule, served: readonly PodEndpoint[]): Generator<Judgement> {
  const [first, ...others] = served
  if (first === undefined) return
  for (const { protocol, name } of rule.ports.names) {
    if (served.some(({ ports }) => ports.some(port => port.name === name && port.protocol === protocol))) continue
    const entries = listOf(fieldsOf(valueAt(source.manifest, rule.at)).ports)
    const nth = entries.findIndex(entry => fieldsOf(entry).port === name)
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    const message = `port "${name}" is no ${protocol} port of "${first.id}"${more}, so the rule opens nothing on it`
    yield { source, at: [...rule.at, 'ports', nth, 'port'], message }
  }
}

/** Rules, and peers within a rule, that another one in the same policy contains. */
function* shadowed({ source }: NetworkPolicy, rules: readonly Rule[], direction: Direction): Generator<Judgement> {
  for (const [nth, rule] of rules.entries()) {
    const container = rules.find(
      (other, place) => other !== rule && contains(other, rule) && (place < nth || !contains(rule, other)),
    )
    if (container !== undefined) {
      const message = `${direction} rule allows nothing that another rule of the policy does not allow, so it only misleads`
      yield {
        source,
        at: rule.at,
        message,
        evidence: [{ file: source.file, range: source.range(container.at), message: 'this rule allows all of it' }],
      }
      continue
    }
    const peers = rule.peers ?? []
    for (const [place, peer] of peers.entries()) {
      const wider = peers.find(
        (other, before) => other !== peer && covers(other, peer) && (before < place || !covers(peer, other)),
      )
      if (wider === undefined) continue
      const message = `peer under "${PEERS_FIELD[direction]}" is contained in another one of the same rule, so it only misleads`
      yield {
        source,
        at: peer.at,
        message,
        evidence: [{ file: source.file, range: source.range(wider.at), message: 'this peer contains it' }],
      }
    }
  }
}

function contains(wide: Rule, narrow: Rule): boolean {
  const isEveryone = wide.peers === undefined
  const peers = isEveryone || (narrow.peers?.every(peer => wide.peers?.some(other => covers(other, peer))) ?? false)
  const numbers = difference(narrow.ports.numbers, wide.ports.numbers).length === 0
  const names = narrow.ports.names.every(
    ({ protocol, name }) =>
      wide.ports.names.some(other => other.protocol === protocol && other.name === name) ||
      difference(portRange(protocol, 1, 65_535), wide.ports.numbers).length === 0,
  )
  return peers && numbers && names
}

function covers(wide: Peer, narrow: Peer): boolean {
  if (wide.kind === 'addresses' || narrow.kind === 'addresses') {
    return (
      wide.kind === 'addresses' &&
      narrow.kind === 'addresses' &&
      difference(narrow.addresses, wide.addresses).length === 0
    )
  }
  const namespaces =
    wide.namespaces === undefined
      ? narrow.namespaces === undefined
      : asksLess(wide.namespaces, narrow.namespaces ?? {}) &&
        (narrow.namespaces !== undefined || isEmpty(wide.namespaces))
  return namespaces && asksLess(wide.pods, narrow.pods)
}

/** Whether all that `narrow` selects `wide` selects too, as far as their text tells. */
function asksLess(wide: Fields, narrow: Fields): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true
  const wanted = labelsOf(narrow.matchLabels)
  return (
    listOf(wide.matchExpressions).length === 0 &&
    Object.entries(labelsOf(wide.matchLabels)).every(([key, value]) => wanted[key] === value)
  )
}

function isEmpty(selector: Fields): boolean {
  return asksLess(selector, {})
}
