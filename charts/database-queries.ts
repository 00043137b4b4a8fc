import { Construct } from 'constructs'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { QUERIES, type Query, type QueryName } from '../src/spec/facts/indicators.ts'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, NAMES } from './names.ts'
import { add } from './object.ts'

/** The key of the ConfigMap under which CloudNativePG finds the queries. */
export const QUERIES_KEY = 'queries.yaml'

/** The role with which CloudNativePG asks (1.28.3 and later); it may read what the migration lets it read, no more. */
export const EXPORTER = 'cnpg_metrics_exporter'

/** What the exporter of PostgreSQL asks the database of Odoo, besides what it asks every database. */
export class DatabaseQueries extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, names: readonly QueryName[]) {
    super(scope, id)
    const all = metadata(settings, 'data', NAMES.queries, 'ground')
    add<IConfigMap>(
      this,
      'queries',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        // The label makes the servers read a change without a restart.
        metadata: { ...all, labels: { ...all.labels, 'cnpg.io/reload': 'true' } },
        data: { [QUERIES_KEY]: names.map(name => entryOf(name, settings.database.name)).join('') },
      },
      'indicators',
    )
  }
}

/** One query as the exporter reads it. Text stands in double quotes, which YAML reads as JSON does. */
function entryOf(name: QueryName, database: string): string {
  const { sql, reads, columns }: Query = QUERIES[name]
  const tables = Object.keys(reads).map(table => `to_regclass('public.${table}') is not null`)
  const metrics = Object.entries(columns).flatMap(([column, description]) => [
    `    - ${column}:`,
    `        usage: ${JSON.stringify(description === undefined ? 'LABEL' : 'GAUGE')}`,
    `        description: ${JSON.stringify(description ?? column)}`,
  ])
  return `${[
    `odoo_${name}:`,
    `  query: ${JSON.stringify(sql)}`,
    // Before the first migration there is nothing to ask.
    `  predicate_query: ${JSON.stringify(`select ${tables.join(' and ')}`)}`,
    // A standby would say the same, a moment later.
    '  primary: true',
    `  target_databases: [${JSON.stringify(database)}]`,
    '  metrics:',
    ...metrics,
  ].join('\n')}\n`
}

/** What the exporter has to be allowed to read for these queries: columns by table. */
export function exporterReads(names: readonly QueryName[]): Record<string, readonly string[]> {
  const all: Record<string, readonly string[]> = {}
  for (const name of names) {
    const { reads }: Query = QUERIES[name]
    for (const [table, columns] of Object.entries(reads)) all[table] = [...new Set([...(all[table] ?? []), ...columns])]
  }
  return all
}
