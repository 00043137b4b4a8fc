import type { UnitStanding, UnitState } from '../promote/unit-standing.ts'
import { type Cell, type HtmlTable, left } from './html-table.ts'

/** Which revision each environment has of each unit, first environment first, and what waits for the next. */
export function promotionTable(environments: readonly string[], units: readonly UnitStanding[]): HtmlTable {
  return {
    caption: 'Revisions by environment',
    note: 'A revision is the digest of what is promoted. Where the environment before has another one, it waits.',
    columns: [left('unit'), ...environments.map(left)],
    rows: units.map(({ unit, states }) => [unit, ...environments.map(name => cellOf(states.get(name)))]),
    empty: 'There is no unit.',
  }
}

function cellOf(state: UnitState | undefined): Cell {
  if (state === undefined) return { text: 'does not live here', tone: 'quiet' }
  const { revision, waiting, onHold } = state
  const stands = revision ?? 'nothing yet'
  if (waiting === undefined) return revision === undefined ? { text: stands, tone: 'quiet' } : revision
  return { text: `${stands}; ${waiting} ${onHold ? 'is on hold' : 'waits'}`, tone: onHold ? 'bad' : 'warn' }
}
