import { fieldsOf } from '../manifest/value.ts'
import { closed, named, type Schema, text } from './schema-terms.ts'

/** Somebody who has to be reached. Pages name them; no manifest does. */
export interface Contact {
  readonly role: string
  readonly name: string
  readonly phone?: string
  readonly mail?: string
  readonly hours?: string
}

export const CONTACTS_SCHEMA: Schema = named(
  'Who is reached when it matters, by role; those of the platform hold for every tenant.',
  closed(
    'Somebody, or a team.',
    {
      name: text('The name.'),
      phone: text('The number.', { pattern: '^[+0-9][0-9 ()./-]*$' }),
      mail: text('The address.', { pattern: '^[^@ ]+@[^@ ]+$' }),
      hours: text('When. Default: at any time.'),
    },
    ['name'],
  ),
)

/** The contacts of a tenant, its own before those of the platform. */
export function contactsOf(...layers: readonly unknown[]): Contact[] {
  const all = new Map<string, Contact>()
  for (const layer of layers) {
    for (const [role, value] of Object.entries(fieldsOf(fieldsOf(layer).contacts))) {
      if (!all.has(role)) all.set(role, { ...(fieldsOf(value) as Omit<Contact, 'role'>), role })
    }
  }
  return [...all.values()]
}
