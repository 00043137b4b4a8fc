import { type AddressSet, parseCidr } from '../../src/analysis/address-set.ts'
import { policiesOf } from '../../src/analysis/foreign-policy.ts'
import { difference, union } from '../../src/analysis/interval-set.ts'
import { DIRECTIONS, type Direction, type Peer, type Rule } from '../../src/analysis/network-policy.ts'
import { portRange } from '../../src/analysis/port-set.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { type Fields, fieldsOf, listOf } from '../../src/manifest/value.ts'

/** UDP and SCTP beside it change little: what opens all of TCP opens everything that anybody runs. */
const EVERY_PORT = portRange('TCP', 1, 65_535)

/** The addresses of a whole family. */
const EVERYWHERE: readonly AddressSet[] = ['0.0.0.0/0', '::/0'].flatMap(cidr => [parseCidr(cidr) ?? []])

const FACT: Readonly<Record<Direction, (whom: string) => string>> = {
  ingress: whom => `ingress rule admits ${whom} on every port, so it protects nothing`,
  egress: whom => `egress rule reaches ${whom} on every port, so whoever breaks in can send data there`,
}

export default definePolicy({
  title: 'no NetworkPolicy allows everything',
  fix: 'name the peers or the ports that are needed',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    for (const { source, rules } of policiesOf(index).judged) {
      for (const direction of DIRECTIONS) {
        for (const rule of rules[direction] ?? []) {
          const open = openingOf(rule)
          if (open !== undefined) yield { source, at: open.at, message: FACT[direction](open.whom) }
        }
      }
    }
  },
})

/** Whom a rule allows on every port, if that is everybody of some sort, and the field that says so. */
function openingOf({ at, peers, ports }: Rule): { readonly at: FieldPath; readonly whom: string } | undefined {
  if (difference(EVERY_PORT, ports.numbers).length > 0) return undefined
  if (peers === undefined) return { at, whom: 'everyone' }
  const blocks = peers.filter(peer => peer.kind === 'addresses')
  const addresses = blocks.reduce<AddressSet>((sum, block) => union(sum, block.addresses), [])
  const [block] = blocks
  if (block !== undefined && EVERYWHERE.some(family => difference(family, addresses).length === 0)) {
    return { at: block.at, whom: 'every address' }
  }
  const cluster = peers.find(isEveryPod)
  return cluster && { at: cluster.at, whom: 'every pod of the cluster' }
}

function isEveryPod(peer: Peer): boolean {
  return peer.kind === 'pods' && peer.namespaces !== undefined && isEmpty(peer.namespaces) && isEmpty(peer.pods)
}

function isEmpty({ matchLabels, matchExpressions }: Fields): boolean {
  return Object.keys(fieldsOf(matchLabels)).length === 0 && listOf(matchExpressions).length === 0
}
