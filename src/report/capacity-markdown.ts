import type { CapacityChange, FactsByUnit } from '../promote/capacity-change.ts'
import { words } from './diff-markdown.ts'
import { bullets, factLines } from './fact-bullets.ts'

/** What is asked for, paid and promised differently, in a few lines; the empty text where nothing is. */
export function capacityMarkdown(change: CapacityChange): string {
  const { cost, costs, amounts, connections, broken, repaired } = change
  const units = new Set([costs, amounts, connections, broken, repaired].flatMap(facts => [...facts.keys()])).size
  const lines = (facts: FactsByUnit) => factLines(facts, units)
  const each = units > 1 ? lines(costs) : []
  return bullets([
    ['Promises broken', lines(broken)],
    ['Promises kept again', lines(repaired)],
    ['Cost', [...(cost === undefined ? [] : [words(cost)]), ...each]],
    ['At the peak', lines(amounts)],
    ['Connections', lines(connections)],
  ])
}
