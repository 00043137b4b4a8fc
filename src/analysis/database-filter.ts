import { quoteRegex, regexOf } from '../manifest/re2.ts'

/**
 * The databases that Odoo shows to a host (odoo/http.py, `db_filter`): `%h` in the filter is the host without "www.", `%d`
 * its first label, and the expression has to match from the start of the name. An empty filter lets all of them pass.
 * `undefined` for expressions that only Python understands.
 */
export function databasesShown(filter: string, host: string, names: readonly string[]): readonly string[] | undefined {
  if (filter === '') return names
  const bare = host.replace(/^www\./, '')
  const [label = ''] = bare.split('.')
  const pattern = `^(?:${filter.replaceAll('%h', quoteRegex(bare)).replaceAll('%d', quoteRegex(label))})`
  const expression = regexOf(pattern)
  return typeof expression === 'string' ? undefined : names.filter(name => expression.test(name))
}
