import type { Group } from '../promote/group.ts'
import type { ObjectReference, Operation } from '../promote/operation.ts'

/** How a report writes what is not its own sentence. */
export interface Hand {
  /** A value or a name out of a manifest. */
  quote(text: string): string
  /** Words of ours that a name out of a manifest may stand in. */
  words(text: string): string
}

/** Of a value that is longer than this, the rest is counted. */
const LONGEST_VALUE = 120

/** One line of a value: its first line, cut where it is too long. */
function shorten(text: string): string {
  const lines = text.split('\n')
  const [first = ''] = lines
  const cut = first.length > LONGEST_VALUE ? `${first.slice(0, LONGEST_VALUE - 1).trimEnd()}…` : first
  return lines.length === 1 ? cut : `${cut} (and ${count(lines.length - 1, 'more line')})`
}

/** `1 line`, `2 lines`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

/** `Deployment/acme-app/web`. */
function sayObject({ kind, namespace, name }: ObjectReference): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
}

/** The names, or the first of them and how many more there are. */
function sayList(names: readonly string[], most: number, hand: Hand): string {
  const shown = names.slice(0, most).map(name => hand.quote(name))
  return names.length > most ? `${shown.join(', ')} and ${names.length - most} more` : shown.join(', ')
}

const MOST_SUBJECTS = 8

/** What changes, for whom, in one line: `web, cron: image a → b`. */
export function sayChange({ operation, subjects, objects }: Group, hand: Hand): string {
  const { action, what, from, to, renamed } = operation
  if (action === 'create' || action === 'delete') {
    const summary = from ?? to
    const told = summary === undefined ? '' : ` (${hand.quote(shorten(summary))})`
    const partner =
      renamed === undefined ? '' : `, renamed ${action === 'create' ? 'from' : 'to'} ${hand.quote(sayObject(renamed))}`
    return `${sayList(subjects, MOST_SUBJECTS, hand)}: ${action} ${sayList(objects.map(sayObject), MOST_SUBJECTS, hand)}${told}${partner}`
  }
  return `${sayList(subjects, MOST_SUBJECTS, hand)}: ${hand.words(what)}${sayValues(from, to, hand)}`
}

function sayValues(from: string | undefined, to: string | undefined, hand: Hand): string {
  if (from === undefined && to === undefined) return ''
  if (from === undefined) return `: ${hand.quote(shorten(to ?? ''))} added`
  if (to === undefined) return `: ${hand.quote(shorten(from))} removed`
  return from === to ? ': another value' : ` ${hand.quote(shorten(from))} → ${hand.quote(shorten(to))}`
}

/** Why it matters: the reason of the risk, then what stops it. */
export function sayConsequence({ risk, blocks, action }: Operation): string {
  const replaced = action === 'replace' ? '; the object is deleted and created again' : ''
  return `${risk.reason}${replaced}${blocks === undefined ? '' : `; apply fails here: ${blocks}`}`
}

/**
 * `in all 40 tenants`, `in 3 tenants: a, b, c`, at most `most` of them by name; units of one environment go by the
 * name of their tenant.
 */
export function sayUnits(units: readonly string[], all: number, most: number, hand: Hand): string {
  const environments = new Set(units.map(unit => unit.split('/')[1]))
  const names = environments.size === 1 ? units.map(unit => unit.split('/')[0] ?? unit) : units
  const areTenants = environments.size === 1 && !names.includes('platform')
  const noun = areTenants ? 'tenant' : 'unit'
  if (units.length === all && all > 1) return `in all ${count(all, noun)}`
  return units.length === 1
    ? `in ${sayList(names, 1, hand)}`
    : `in ${count(units.length, noun)}: ${sayList(names, most, hand)}`
}
