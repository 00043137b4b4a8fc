import { type Availability, SCENARIOS } from '../analysis/availability.ts'
import type { BrokenPromise } from '../analysis/availability-promise.ts'
import type { BudgetFault } from '../analysis/disruption-budget.ts'
import type { Scale } from '../analysis/scale.ts'
import { factLine, factLines } from './fact-text.ts'
import { table } from './table.ts'

/** A line for each set of pods with what stays ready, a cell of a broken promise as `0 of 2`. */
export function availabilityText({ sets }: Availability, broken: readonly BrokenPromise[]): string {
  const rows = sets.map(({ set, serves, verdicts }) => {
    const cells = SCENARIOS.map(scenario => {
      const { ready } = verdicts[scenario]
      const promise = broken.find(each => each.set === set && each.scenario === scenario)
      return promise === undefined ? String(ready) : `${ready} of ${promise.promised}`
    })
    return [set.id, set.tier ?? '-', serves ? 'serves' : '-', podsText(set.scale), ...cells]
  })
  return table(
    [
      { title: 'pods', align: 'left' },
      { title: 'tier', align: 'left' },
      { title: '', align: 'left' },
      { title: 'number', align: 'right' },
      ...SCENARIOS.map(title => ({ title, align: 'right' as const })),
    ],
    rows,
  )
}

/** Each broken promise, the facts that lead to it, and the field that would repair it. */
export function brokenPromisesText(broken: readonly BrokenPromise[]): string {
  return paragraphs(
    broken.map(({ message, because, repair }) => [message, ...factLines(because), `  repair: ${factLine(repair)}`]),
  )
}

export function budgetFaultsText(faults: readonly BudgetFault[]): string {
  return paragraphs(
    faults.map(({ message, source, at, because }) => [
      message,
      ...factLines(because),
      `  at: ${source.file}:${source.range(at).start.line}`,
    ]),
  )
}

function podsText({ floor, ceiling, asleep }: Scale): string {
  const least = asleep === undefined ? `${floor.pods}` : `0/${floor.pods}`
  return ceiling.pods === floor.pods ? least : `${least}-${ceiling.pods}`
}

function paragraphs(all: readonly (readonly string[])[]): string {
  return all.map(lines => lines.map(line => `${line}\n`).join('')).join('\n')
}
