import type { Group } from '../promote/group.ts'
import { RISK_CLASSES, type RiskClass } from '../promote/operation.ts'
import { count, type Hand, sayChange, sayConsequence, sayUnits } from './diff-phrase.ts'

const PLAIN: Hand = { quote: text => text, words: text => text }

/**
 * The differences for a terminal: the riskiest first, one change a line with its consequence and its units, at most
 * `most` changes with `named` units each by name; of those left out, how many there are of each class. No colour.
 */
export function diffText(groups: readonly Group[], most = 200, named = MOST_UNITS): string {
  if (groups.length === 0) return 'no differences\n'
  const all = new Set(groups.flatMap(({ units }) => units)).size
  const lines: string[] = []
  let section: RiskClass | undefined
  for (const each of groups.slice(0, most)) {
    const { risk } = each.operation
    if (risk.class !== section) lines.push(`${section === undefined ? '' : '\n'}${risk.class}`)
    section = risk.class
    const units = all === 1 ? '' : ` [${sayUnits(each.units, all, named, PLAIN)}]`
    lines.push(`  ${SIGN[each.operation.action]} ${sayChange(each, PLAIN)}${units} – ${sayConsequence(each.operation)}`)
  }
  const left = groups.slice(most)
  if (left.length > 0) lines.push('', `and ${sayLeft(left)}`)
  return `${lines.join('\n')}\n`
}

const MOST_UNITS = 8

const SIGN = { create: '+', delete: '-', change: '~', replace: '±' } as const

/** `12 more changes: 2 medium, 10 low`. */
export function sayLeft(left: readonly Group[]): string {
  const classes = RISK_CLASSES.toReversed()
    .map(risk => ({ risk, number: left.filter(({ operation }) => operation.risk.class === risk).length }))
    .filter(({ number }) => number > 0)
    .map(({ risk, number }) => `${number} ${risk}`)
  return `${count(left.length, 'more change')}: ${classes.join(', ')}`
}
