import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf } from '../manifest/value.ts'
import type { Asking, Known } from './asking.ts'
import { PRIVATE_TABLES } from './facts/private-tables.ts'
import { BUCKET, cidrs, closed, IDENTIFIER, listOf, NAME, named, type Schema, text, whole } from './schema-terms.ts'

/** Somebody who reads tables, and may not write a single one. */
export interface Reader {
  readonly name: string
  /** The role in PostgreSQL. */
  readonly role: string
  readonly tables: readonly string[]
  readonly connections: number
  /** The namespace from which it connects. */
  readonly namespace: string
}

/** Tables whose changes are handed on as they happen. */
export interface Publication extends Reader {
  readonly publication: string
}

/** What of the data is used outside of Odoo, and how it gets there without being in anybody's way. */
export interface DataAccess {
  /** Whether readers have a server of their own. */
  readonly replica: boolean
  readonly readers: readonly Reader[]
  readonly publications: readonly Publication[]
  readonly lake?: Lake
}

/** A bucket into which scheduled actions and jobs write what is to be analysed. */
export interface Lake {
  readonly bucket: string
  readonly endpoint?: string
  readonly cidrs?: readonly string[]
}

const tables = listOf(
  'The tables, one by one.',
  text('A table of Odoo.', { pattern: IDENTIFIER, examples: ['sale_order_line'] }),
  { minItems: 1, uniqueItems: true },
)
const namespace = text('The namespace from which it connects.', { pattern: NAME })
const connections = whole('Connections that it may hold. Default: 5.', 1, 50)

export const DATA_SCHEMA: Schema = closed('What of the data is used outside of Odoo.', {
  replica: {
    type: 'boolean',
    description:
      'A server of its own for readers, so that no query of theirs slows down anybody. Default: from tier gold up.',
  },
  readers: named('Who reads tables.', closed('A reader.', { tables, namespace, connections }, ['tables', 'namespace'])),
  publications: named(
    'Whose changes are handed on as they happen (logical replication).',
    closed('Tables, and who takes their changes.', { tables, namespace, connections }, ['tables', 'namespace']),
  ),
  lake: closed(
    'A bucket that scheduled actions and jobs write to.',
    {
      bucket: text('The bucket.', { pattern: BUCKET }),
      endpoint: text('Its S3 endpoint, when it is not that of AWS.', { pattern: '^https://' }),
      cidrs: cidrs('Its addresses. Without them port 443 is open to any address but private ones.'),
    },
    ['bucket'],
  ),
})

/** Who else uses the data; `undefined` where nobody does. */
export function dataOf(asking: Asking, instances: Known<number>): DataAccess | undefined {
  const { unit, find, settle, say, contradict, tier } = asking
  const asked = find<Fields>('data')
  if (asked === undefined) return undefined
  // Whoever learns from the data learns from the real one; another environment feeds somebody only when it says so itself.
  if (!unit.production && !asked.key.includes('environments')) {
    say('data', false, 'none outside production', asked.key)
    return undefined
  }
  const readers = partiesOf(asking, 'readers').map(({ entry, ...party }) => ({
    ...party,
    role: `reader_${identifier(entry)}`,
  }))
  const publications = partiesOf(asking, 'publications').map(({ entry, ...party }) => ({
    ...party,
    role: `follower_${identifier(entry)}`,
    publication: identifier(entry),
  }))
  const replica = settle('data.replica', () => [
    readers.length > 0 && (tier.value === 'gold' || tier.value === 'platinum'),
    `${readers.length} readers, tier ${tier.value}`,
    tier.key,
  ])
  if (readers.length > 0 && !replica.value && instances.value < 2) {
    contradict({
      message: 'readers would ask the server that everybody works on, for there is no other',
      hint: 'state data.replica: true, or database.instances 2',
      key: replica.key,
      against: instances.key,
    })
  }
  const lake = find<Lake>('data.lake')
  say('data', true, 'stated', asked.key)
  return {
    replica: replica.value,
    readers,
    publications,
    ...(lake === undefined ? {} : { lake: lake.value }),
  }
}

function partiesOf({ find, say, contradict }: Asking, kind: 'readers' | 'publications') {
  const stated = find<Fields>(`data.${kind}`)
  const key: FieldPath = stated?.key ?? ['data', kind]
  const parties = Object.entries(fieldsOf(stated?.value)).map(([entry, value]) => {
    const { tables: named, namespace: from, connections: most } = fieldsOf(value)
    return { entry, name: entry, tables: named as string[], namespace: String(from), connections: Number(most ?? 5) }
  })
  for (const { name, tables: named } of parties) {
    for (const table of named) {
      const secret = PRIVATE_TABLES.find(each => each.name.test(table))
      if (secret === undefined) continue
      contradict({
        message: `"${name}" asks for the table "${table}", which holds ${secret.holds}`,
        hint: 'leave it out; a view without those columns is another table',
        key: [...key, name, 'tables'],
      })
    }
  }
  return say(`data.${kind}`, parties, 'stated', key).value
}

function identifier(name: string): string {
  return name.replaceAll('-', '_')
}
