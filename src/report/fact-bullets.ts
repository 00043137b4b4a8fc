import { groupBy } from '../manifest/group-by.ts'
import { type Shared, shared } from '../promote/group.ts'
import { EVERYWHERE, type UnitFact } from '../promote/unit-fact.ts'
import { codeSpan, words } from './diff-markdown.ts'
import { sayUnits } from './diff-phrase.ts'
import { count } from './plural.ts'

/** Lines of one kind beyond these are counted. */
const LINES = 6
/** So are the things in one line. */
const ITEMS = 12

/** What the lines are about, and what is said where there are none; nothing where that says nothing. */
export type Part = readonly [title: string, lines: readonly string[], none?: string, most?: number]

/** A bullet for each part, with one line in it or several below it. */
export function bullets(parts: readonly Part[]): string {
  const told = parts.flatMap(([name, lines, none, most = LINES]) => {
    if (lines.length === 0) return none === undefined ? [] : [`- **${name}**: ${none}`]
    if (lines.length === 1) return [`- **${name}**: ${lines[0]}`]
    const more = lines.length > most ? [`  - and ${count(lines.length - most, 'more line')} in the report`] : []
    return [`- **${name}**:`, ...lines.slice(0, most).map(line => `  - ${line}`), ...more]
  })
  return told.join('\n')
}

/**
 * The facts of units, what holds of the same units in one line.
 *
 * @param all how many units there are
 * @param together 1 where each fact deserves a line of its own
 */
export function factLines(
  perUnit: ReadonlyMap<string, readonly UnitFact[]>,
  all: number,
  together?: 1,
): readonly string[] {
  const told = shared(perUnit, renamedFact)
  const line = (facts: readonly Shared<UnitFact>[]) => {
    const shown = facts.slice(0, ITEMS).map(({ item }) => sayFact(item))
    const more = facts.length > ITEMS ? ` and ${facts.length - ITEMS} more` : ''
    const separator = facts.some(({ item }) => item.told !== '') ? '; ' : ', '
    return `${shown.join(separator)}${more}${sayWhose(facts[0], all)}`
  }
  if (together === 1) return told.map(each => line([each]))
  return [...groupBy(told, ({ units: own }) => own.join('\n')).values()].map(line)
}

function renamedFact({ what, where, told }: UnitFact, rename: (text: string) => string): UnitFact {
  return { what: rename(what), where: where.map(rename), told }
}

function sayFact({ what, where, told }: UnitFact): string {
  const name = what === '' ? '' : codeSpan(what)
  const named = where.map(place => (place === EVERYWHERE ? 'the whole cluster' : codeSpan(place)))
  const places = named.length === 0 ? '' : ` in ${named.join(', ')}`
  const said = told === '' ? '' : words(told)
  const subject = `${name}${places}`
  return subject === '' || said === '' ? `${subject}${said}` : `${subject}: ${said}`
}

function sayWhose(fact: Shared<UnitFact> | undefined, all: number): string {
  if (fact === undefined || all === 1) return ''
  return ` – ${sayUnits(fact.units, all, 8, { quote: codeSpan, words })}`
}
