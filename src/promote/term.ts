import type { Manifest } from '../manifest/manifest.ts'
import { formatPath } from '../manifest/path.ts'
import { isFields, listOf } from '../manifest/value.ts'
import { compareAmounts, QUANTITY, type Units } from './amount.ts'
import { canonicalText } from './canonical-text.ts'
import { type Change, ELEMENTS, type Wholes } from './change.ts'
import type { Risk, Topic } from './operation.ts'
import { compareRisk, medium, none } from './risk.ts'
import { HIDDEN, isSecretName, maskText } from './secret-value.ts'

/** A change in words: what an operation says besides the object and the place. */
export interface Reading {
  readonly topic: Topic
  readonly what: string
  readonly from?: string
  readonly to?: string
  readonly risk: Risk
  readonly capacity?: 'more'
  readonly blocks?: string
}

/** What a term may look at besides the change. */
export interface Setting {
  /** The new manifest; the old one when the object is gone. */
  readonly manifest: Manifest
}

/** The words for what stands at one place of a kind, and below it unless a deeper term says better. */
export interface Term {
  /** The value means something only as a whole. */
  readonly whole?: true
  /** Nothing, when the change means nothing. */
  read(change: Change, setting: Setting): readonly Reading[]
}

/**
 * The terms of a kind, laid out like its manifests. `[]` stands for the elements of a list, `*` for any other field,
 * and the empty name for the place itself and whatever below it has no term of its own.
 */
export interface Terms {
  readonly [field: string]: Terms | Term
}

/** Whether an entry is a term, and not a branch of further fields. */
export function isTerm(entry: Terms | Term): entry is Term {
  return typeof entry.read === 'function'
}

function entryAt(terms: Terms | Term, name: string): Terms | Term | undefined {
  if (isTerm(terms)) return undefined
  if (Object.hasOwn(terms, name)) return terms[name]
  return name === ELEMENTS ? undefined : terms['*']
}

/** Tells the comparison which values the terms want whole. */
export function wholesOf(terms: Terms | Term): Wholes {
  return {
    whole: isTerm(terms) && terms.whole === true,
    below: name => {
      const entry = entryAt(terms, name)
      return entry === undefined ? undefined : wholesOf(entry)
    },
  }
}

/** The term for a change: the deepest on its way, or the one that knows nothing. */
export function termFor(terms: Terms, names: readonly string[]): Term {
  let entry: Terms | Term | undefined = terms
  let term = ANY_FIELD
  for (const name of [...names, undefined]) {
    if (entry === undefined) break
    const here: Terms | Term | undefined = isTerm(entry) ? entry : entry['']
    if (here !== undefined && isTerm(here)) term = here
    if (name !== undefined) entry = entryAt(entry, isElement(name) ? ELEMENTS : name)
  }
  return term
}

/** Whether a name on the way is that of a list element. */
function isElement(name: string): boolean {
  return name.startsWith('[')
}

/** A risk, or how to tell it from the change. */
export type Judge = Risk | ((change: Change) => Risk)

/** A name, or how to tell it from the change. */
export type Naming = string | ((change: Change) => string)

export function judge(by: Judge, change: Change): Risk {
  return typeof by === 'function' ? by(change) : by
}

function nameBy(naming: Naming, change: Change): string {
  return typeof naming === 'function' ? naming(change) : naming
}

/** The last field name on the way to the change. */
export function lastName(change: Change): string {
  return change.names.findLast(name => !isElement(name)) ?? ''
}

/** The name of the innermost list element on the way, without brackets. */
export function elementName(change: Change): string | undefined {
  return change.names.findLast(isElement)?.slice(1, -1)
}

/** The way to the change as people write it, from the `skip`-th step on: `containers[web].image`. */
export function wayOf({ names }: Change, skip = 0): string {
  let text = ''
  for (const name of names.slice(skip)) {
    if (isElement(name)) text += name
    else {
      const step = formatPath([name])
      text += text === '' || step.startsWith('[') ? step : `.${step}`
    }
  }
  return text
}

/** A value in words: scalars as they are, lists of scalars with commas, all else as JSON. Secrets are masked. */
export function say(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return maskText(value)
  if (isFields(value)) return maskText(canonicalText(maskFields(value)))
  if (!Array.isArray(value)) return String(value)
  if (value.some(element => typeof element === 'object')) return maskText(canonicalText(maskFields(value)))
  return maskText(value.map(String).join(', '))
}

function maskFields(value: unknown, name = ''): unknown {
  if (typeof value === 'string' && isSecretName(name)) return HIDDEN
  if (Array.isArray(value)) return value.map(element => maskFields(element, name))
  if (!isFields(value)) return value
  // The value of an environment variable is named by its neighbour.
  const named = typeof value.name === 'string' && 'value' in value ? value.name : undefined
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, maskFields(entry, key === 'value' ? (named ?? key) : key)]),
  )
}

/** `from` and `to` of a reading, by one wording; told in full where the wording does not show the difference. */
export function fromTo(
  change: Change,
  wording: (value: unknown) => string | undefined = say,
): { from?: string; to?: string } {
  let from = change.from === undefined ? undefined : wording(change.from)
  let to = change.to === undefined ? undefined : wording(change.to)
  if (from !== undefined && from === to && from !== HIDDEN) {
    from = say(change.from)
    to = say(change.to)
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

const SAME_AMOUNT = none('the same amount, written differently')

/** A field that is told as it is. Secrets, by the name of the field, are masked. */
export function value(topic: Topic, what: Naming, risk: Judge, wording = say): Term {
  return {
    read(change) {
      const hides = isSecretName(lastName(change)) && [change.from, change.to].some(side => typeof side === 'string')
      const words = change.reordered === true ? orderOf : hides ? () => HIDDEN : wording
      return [{ topic, what: nameBy(what, change), ...fromTo(change, words), risk: judge(risk, change) }]
    },
  }
}

/** A value that is told as one, however deep it differs. */
export function whole(topic: Topic, what: Naming, risk: Judge, wording = say): Term {
  return { whole: true, ...value(topic, what, risk, wording) }
}

/** A map or list that is told by the names of what is in it. */
function orderOf(list: unknown): string {
  return listOf(list)
    .map(element => (isFields(element) ? (say(element.name) ?? canonicalText(element)) : (say(element) ?? '')))
    .join(', ')
}

export interface Directions {
  readonly more: Risk
  readonly less: Risk
  /** For a fall to this amount or below, where that is worse than just less. */
  readonly floor?: { readonly at: number; readonly risk: Risk }
  /** When either side is absent or no amount. */
  readonly other: Risk
  readonly units?: Units
  /** More of it is no added capacity, or is paid for with an interruption. */
  readonly isNoCapacity?: true
}

/** An amount: told with its direction, and as added capacity when there is more of it. */
export function amount(topic: Topic, what: Naming, directions: Directions): Term {
  const { more, less, floor, other, units = QUANTITY, isNoCapacity } = directions
  return {
    read(change) {
      const by = compareAmounts(change.from, change.to, units)
      const words = { topic, what: nameBy(what, change), ...fromTo(change) }
      if (by === undefined) return [{ ...words, risk: other }]
      if (by === 0) return [{ ...words, risk: SAME_AMOUNT }]
      if (by < 0) return [{ ...words, risk: more, ...(isNoCapacity === true ? {} : { capacity: 'more' as const }) }]
      const isFloor = floor !== undefined && (compareAmounts(change.to, floor.at, units) ?? 1) <= 0
      return [{ ...words, risk: isFloor ? floor.risk : less }]
    },
  }
}

/** A list of plain values whose order means nothing: told by those that come and those that go. */
export function set(topic: Topic, what: Naming, risk: { readonly added: Risk; readonly removed: Risk }): Term {
  return {
    whole: true,
    read(change) {
      const added = without(listOf(change.to), listOf(change.from))
      const removed = without(listOf(change.from), listOf(change.to))
      if (added.length + removed.length === 0) return []
      const risks = [...(added.length > 0 ? [risk.added] : []), ...(removed.length > 0 ? [risk.removed] : [])]
      const worst = risks.reduce((a, b) => (compareRisk(a.class, b.class) < 0 ? b : a))
      const sides = {
        ...change,
        from: removed.length > 0 ? removed : undefined,
        to: added.length > 0 ? added : undefined,
      }
      return [{ topic, what: nameBy(what, change), ...fromTo(sides), risk: worst }]
    },
  }
}

/** The elements of `list` that `other` lacks; what stands there twice has to be missing twice. */
export function without(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const left = new Map<string, number>()
  for (const element of other) {
    const text = canonicalText(element)
    left.set(text, (left.get(text) ?? 0) + 1)
  }
  return list.filter(element => {
    const text = canonicalText(element)
    const count = left.get(text) ?? 0
    if (count > 0) left.set(text, count - 1)
    return count === 0
  })
}

export interface ElementRisks {
  readonly added: Risk
  readonly removed: Risk
  readonly changed: Risk
}

/** The elements of a list: told by name when one comes or goes, and field by field below that. */
export function element(topic: Topic, noun: string, risk: ElementRisks, wording = say): Term {
  return {
    read(change, setting) {
      const last = change.names.findLastIndex(isElement)
      const name = `${noun} ${change.names[last]?.slice(1, -1) ?? ''}`
      if (last < change.names.length - 1) {
        return value(topic, `${name}: ${wayOf(change, last + 1)}`, risk.changed).read(change, setting)
      }
      const judged = change.from === undefined ? risk.added : change.to === undefined ? risk.removed : risk.changed
      return [{ topic, what: name, ...fromTo(change, wording), risk: judged }]
    },
  }
}

/** The same for elements whose wording or subject already names them. */
export function unnamedElement(topic: Topic, noun: string, risk: ElementRisks, wording = say): Term {
  const named = element(topic, noun, risk, wording)
  return {
    read: (change, setting) =>
      named
        .read(change, setting)
        .map(reading => (isElement(change.names.at(-1) ?? '') ? { ...reading, what: noun } : reading)),
  }
}

/** The terms of fields inside the elements of `list`, told with the element that they belong to. */
export function within(list: string, noun: string, terms: Terms): Terms {
  const told = (term: Term): Term => ({
    ...(term.whole === true ? { whole: true as const } : {}),
    read: (change, setting) => {
      const name = change.names[change.names.lastIndexOf(list) + 1]?.slice(1, -1) ?? ''
      return term.read(change, setting).map(reading => ({ ...reading, what: `${noun} ${name}: ${reading.what}` }))
    },
  })
  return Object.fromEntries(
    Object.entries(terms).map(([name, entry]) => [name, isTerm(entry) ? told(entry) : within(list, noun, entry)]),
  )
}

/** Whatever else stands below: told by its path, without the first `skip` steps. */
export function rest(topic: Topic, risk: Judge, skip = 1): Term {
  return value(topic, change => wayOf(change, skip), risk)
}

const ANY_FIELD = rest('other', medium('waybill has no words for this field'), 0)

/** Reads each named text of two maps with the term of its name: the keys of a configuration file, the flags of a command. */
export function readEach(
  terms: Terms,
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
  change: Change,
  setting: Setting,
): Reading[] {
  const readings: Reading[] = []
  for (const name of [...new Set([...from.keys(), ...to.keys()])].sort()) {
    const part = { ...change, names: [...change.names, name], from: from.get(name), to: to.get(name) }
    if (part.from === part.to) continue
    readings.push(...termFor(terms, [name]).read(part, setting))
  }
  return readings
}
