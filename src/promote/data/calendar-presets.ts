/** A freeze in the words of calendar.yaml, and why a business of that kind wants it. */
interface PresetFreeze {
  readonly reason: string
  readonly freeze: Readonly<Record<string, unknown>>
}

/**
 * Freezes that most businesses of one kind share. A calendar's own freeze of the same name takes the place of a
 * preset's.
 */
interface CalendarPreset {
  /** When the dates were last looked at, and where they come from. */
  readonly reviewed: string
  readonly source: string
  readonly freezes: readonly PresetFreeze[]
}

export const CALENDAR_PRESETS: Readonly<Record<string, CalendarPreset>> = {
  retail: {
    reviewed: '2026-08-20',
    source:
      'trading year of European retail chains; Black Friday follows Thanksgiving, by 5 U.S.C. § 6103 the fourth Thursday of November',
    freezes: [
      {
        reason:
          'Black Friday to New Year brings the highest load and the greatest cost of an outage; returns follow Christmas',
        freeze: { name: 'black-friday', from: 'fourth Thu of Nov +1', to: '12-31' },
      },
      {
        reason:
          'price changes and returns at once; the first fortnight of the winter sales, whose start differs by country',
        freeze: { name: 'january-sales', from: '01-05', to: '01-20' },
      },
      {
        reason: 'stores count from Saturday morning into Sunday; a moved table or a restart loses counted lines',
        freeze: { name: 'stock-count', rule: 'last Sat of Jun,Dec', hours: 30 },
      },
      {
        reason: 'finance posts and closes the month; the shared platform of an environment may still change',
        freeze: { name: 'month-end', rule: 'BD-2..BD+2', level: 'app' },
      },
    ],
  },
  distribution: {
    reviewed: '2026-08-20',
    source: 'closing calendars of finance-led wholesale and distribution',
    freezes: [
      {
        reason: 'invoicing, rebates and the close of the month run through the same batch queues',
        freeze: { name: 'month-end', rule: 'BD-3..BD+3' },
      },
      {
        reason: 'the year is closed, stock is valued, and few people are there to repair',
        freeze: { name: 'year-end', from: '12-18', to: '01-08' },
      },
    ],
  },
}
