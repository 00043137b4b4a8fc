import type { JudgedStatement } from '../lint/reach-assertions.ts'
import { type Cell, type HtmlTable, left } from './html-table.ts'

const ORDER: readonly JudgedStatement['state'][] = ['broken', 'about nobody', 'kept', 'not told']

/** What is stated about who connects to whom, and whether it holds; what does not comes first. */
export function statementTable(statements: readonly JudgedStatement[]): HtmlTable {
  const sorted = [...statements].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
  return {
    caption: 'Statements',
    columns: [left('statement'), left('state'), left('stated')],
    rows: sorted.map(({ assertion, statement, state, broken }) => {
      const cell: Cell =
        state === 'kept'
          ? { text: 'kept', tone: 'good' }
          : state === 'not told'
            ? { text: 'nothing of it stands here', tone: 'quiet' }
            : { text: broken[0]?.message ?? state, tone: state === 'broken' ? 'bad' : 'warn' }
      const place = statement === undefined ? 'holds everywhere' : `${statement.file}:${statement.range.start.line}`
      return [assertion.name, cell, place]
    }),
    empty: 'Nothing is stated, and there are no zones of which anything would hold.',
  }
}
