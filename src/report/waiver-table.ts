import { daysBetween } from '../lint/date.ts'
import type { Finding } from '../lint/finding.ts'
import type { Waiver } from '../lint/waiver.ts'
import { type Cell, type HtmlTable, left, right } from './html-table.ts'
import { count } from './plural.ts'

/** Days before its last one from which on a waiver is worth a look. */
const SOON = 30

/**
 * @param findings of all environments on the page
 * @param today `YYYY-MM-DD`
 */
export function waiverTable(waivers: readonly Waiver[], findings: readonly Finding[], today: string): HtmlTable {
  const sorted = [...waivers].sort((a, b) => (a.expires < b.expires ? -1 : a.expires > b.expires ? 1 : 0))
  return {
    caption: 'Waivers by expiry',
    columns: [left('policy'), left('of what'), left('why'), left('answers for it'), right('findings'), left('until')],
    rows: sorted.map(({ policy, target, reason, owner, expires, file, range }) => {
      const accepted = findings.filter(
        ({ waiver }) => waiver?.file === file && waiver.range.start.offset === range.start.offset,
      )
      const of = Object.entries(target).map(([key, value]) => `${key} ${value}`)
      const scope: Cell = of.length === 0 ? { text: 'everything', tone: 'warn' } : of.join(', ')
      return [policy, scope, reason, owner, String(accepted.length), untilText(expires, today)]
    }),
    empty: 'Nothing is waived.',
  }
}

/** How many waivers there are, of those how many have expired, and how many are about to. */
export interface Expiring {
  readonly standing: number
  readonly expired: number
  readonly soon: number
}

/** @param today `YYYY-MM-DD` */
export function expiring(waivers: readonly Waiver[], today: string): Expiring {
  const standing = waivers.filter(({ expires }) => expires >= today)
  const soon = standing.filter(({ expires }) => daysBetween(today, expires) <= SOON)
  return { standing: standing.length, expired: waivers.length - standing.length, soon: soon.length }
}

function untilText(expires: string, today: string): Cell {
  if (expires < today) return { text: `${expires}, expired`, tone: 'bad' }
  const days = daysBetween(today, expires)
  return days <= SOON ? { text: `${expires}, ${count(days, 'day')} left`, tone: 'warn' } : expires
}
