import { groupBy } from '../manifest/group-by.ts'
import { canonicalText } from './canonical-text.ts'
import { compareText, identityOf } from './difference.ts'
import { type ObjectReference, type Operation, TOPICS } from './operation.ts'
import { compareRisk } from './risk.ts'

/** The same change, told once for everything that it happens to. */
export interface Group {
  /** One of the operations; where the units call things by their own name, `{tenant}` and `{environment}` stand. */
  readonly operation: Operation
  /** Everything in a unit that changes alike: `web`, `websocket`, `cron`. */
  readonly subjects: readonly string[]
  readonly objects: readonly ObjectReference[]
  readonly units: readonly string[]
}

/** What stands for the parts of a unit's name: `acme/production`. */
const PLACEHOLDERS = ['{tenant}', '{environment}'] as const

interface Found {
  readonly unit: string
  readonly operation: Operation
  /** The operation in one text, without the names of its unit. */
  readonly key: string
}

/**
 * The operations of many units, the same change told once. Changes are the same when they differ in nothing but the
 * names of tenant and environment. Unit names are `tenant/environment`, or `tenant` alone. The riskiest first, then
 * what concerns most units, whatever the order of the input.
 */
export function group(perUnit: ReadonlyMap<string, readonly Operation[]>): Group[] {
  const found: Found[] = []
  for (const unit of [...perUnit.keys()].sort()) {
    const rename = renaming(unit, [0, 1])
    for (const operation of perUnit.get(unit) ?? []) {
      const { at: _, also: __, ...told } = renamed(operation, rename)
      found.push({ unit, operation, key: canonicalText(told) })
    }
  }
  const shared = [...groupBy(found, ({ key }) => key).values()].map(shareUnits)
  return [...groupBy(shared, likenessOf).values()].map(shareSubjects).sort(compareGroups)
}

/** Something that is told of several units alike. */
export interface Shared<T> {
  /** Where the units call things by their own name, `{tenant}` and `{environment}` stand. */
  readonly item: T
  readonly units: readonly string[]
}

/**
 * What is told of many units, the same things once: those of most units first, then in the order of the input. Unit names
 * are as for `group`.
 *
 * @param renamedBy the item with every name in it as the function puts it
 */
export function shared<T>(
  perUnit: ReadonlyMap<string, readonly T[]>,
  renamedBy: (item: T, rename: (text: string) => string) => T,
): readonly Shared<T>[] {
  const found = [...perUnit].flatMap(([unit, items]) =>
    items.map(item => ({ unit, item, key: canonicalText(renamedBy(item, renaming(unit, [0, 1]))) })),
  )
  return [...groupBy(found, ({ key }) => key).values()]
    .flatMap(alike => {
      const [first] = alike
      if (first === undefined) return []
      const units = [...new Set(alike.map(({ unit }) => unit))]
      return [{ item: renamedBy(first.item, renaming(first.unit, varyingParts(units))), units }]
    })
    .sort((a, b) => b.units.length - a.units.length)
}

function shareUnits(alike: readonly Found[]): Group {
  const units = [...new Set(alike.map(({ unit }) => unit))]
  const [first] = alike
  if (first === undefined) throw new Error('a group has at least one operation')
  const operation = renamed(first.operation, renaming(first.unit, varyingParts(units)))
  return { operation, subjects: [operation.subject], objects: [operation.object], units }
}

/** The parts of unit names in which the units differ: only these are taken out of what is shown. */
function varyingParts(units: readonly string[]): number[] {
  const parts = PLACEHOLDERS.map((_, part) => part)
  return parts.filter(part => new Set(units.map(unit => unit.split('/')[part])).size > 1)
}

/** All that a reader is told besides whom it concerns, and the units. */
function likenessOf({ operation, units }: Group): string {
  const { at: _, also: __, object: ___, subject: ____, ...told } = operation
  return canonicalText([told, units])
}

function shareSubjects(alike: readonly Group[]): Group {
  const [first] = alike
  if (first === undefined) throw new Error('a group has at least one operation')
  return {
    ...first,
    subjects: [...new Set(alike.flatMap(({ subjects }) => subjects))].sort(),
    objects: alike.flatMap(({ objects }) => objects),
  }
}

/** Every name in an operation, as `rename` puts it. Words of ours, such as topic and reason, stay. */
function renamed(operation: Operation, rename: (text: string) => string): Operation {
  const { object, subject, what, from, to, renamed: partner } = operation
  return {
    ...operation,
    object: renameObject(object, rename),
    subject: rename(subject),
    what: rename(what),
    ...(from === undefined ? {} : { from: rename(from) }),
    ...(to === undefined ? {} : { to: rename(to) }),
    ...(partner === undefined ? {} : { renamed: renameObject(partner, rename) }),
  }
}

function renameObject(object: ObjectReference, rename: (text: string) => string): ObjectReference {
  const { namespace, name } = object
  return { ...object, ...(namespace === undefined ? {} : { namespace: rename(namespace) }), name: rename(name) }
}

/** Takes the unit's own names, as whole words, out of a text; `acme-retail` is found as `acme_retail` too. */
function renaming(unit: string, parts: readonly number[]): (text: string) => string {
  const patterns = unit
    .split('/')
    .map((name, part) => ({ name, part }))
    .filter(({ name, part }) => name !== '' && parts.includes(part))
    .sort((a, b) => b.name.length - a.name.length)
    .map(({ name, part }) => ({ pattern: patternOf(name), placeholder: PLACEHOLDERS[part] ?? name }))
  return text => patterns.reduce((result, { pattern, placeholder }) => result.replace(pattern, placeholder), text)
}

function patternOf(name: string): RegExp {
  const words = name.split(/[-_]/).map(word => word.replace(/[^A-Za-z0-9]/g, '\\$&'))
  return new RegExp(`(?<![A-Za-z0-9])${words.join('[-_]')}(?![A-Za-z0-9])`, 'g')
}

function compareGroups(a: Group, b: Group): number {
  return (
    compareRisk(b.operation.risk.class, a.operation.risk.class) ||
    b.units.length - a.units.length ||
    TOPICS.indexOf(a.operation.topic) - TOPICS.indexOf(b.operation.topic) ||
    compareText(sortKey(a), sortKey(b))
  )
}

function sortKey({ operation, units }: Group): string {
  const { subject, what, from = '', to = '', object } = operation
  return [subject, what, from, to, identityOf(object), ...units].join('\n')
}
