import { labelsOf } from '../manifest/value.ts'
import type { Asking } from './asking.ts'
import { closed, type Schema, text } from './schema-terms.ts'

/**
 * The four duties that nobody should hold together: the cluster, the databases, the tenants' Odoo, and looking on. Each is
 * a group of the identity provider; one that is not named has no rights here.
 */
export const DUTIES = ['platform', 'database', 'application', 'audit'] as const
export type Duty = (typeof DUTIES)[number]
export type Groups = Readonly<Partial<Record<Duty, string>>>

const group = (description: string) =>
  text(`${description} A group as the identity provider names it.`, { pattern: '^[A-Za-z0-9][A-Za-z0-9:/._@ -]*$' })

export const IDENTITY_SCHEMA: Schema = closed('Who may do what in the clusters.', {
  groups: closed('Groups of the identity provider, by duty.', {
    platform: group('Who runs the clusters: nodes, namespaces, quotas, networks, delivery.'),
    database: group('Who runs the databases.'),
    application: group('Who runs Odoo: sees all, restarts pods, touches no database.'),
    audit: group('Who sees all and touches nothing.'),
  } satisfies Record<Duty, Schema>),
})

/** The groups, each as the nearest layer names it. Two duties in one group are no separation. */
export function groupsOf({
  find,
  say,
  home,
  contradict,
}: Pick<Asking, 'find' | 'say' | 'home' | 'contradict'>): Groups {
  const stated = DUTIES.flatMap(duty => {
    const group = find<string>(`identity.groups.${duty}`)
    return group === undefined ? [] : [{ duty, ...group }]
  })
  for (const [index, { duty, value, key }] of stated.entries()) {
    const other = stated.slice(0, index).find(earlier => earlier.value === value)
    if (other === undefined) continue
    contradict({
      message: `the group "${value}" has both duties, ${other.duty} and ${duty}, which are to be kept apart`,
      hint: 'name another group, or leave one of them out',
      key,
      against: other.key,
    })
  }
  const groups = labelsOf(Object.fromEntries(stated.map(({ duty, value }) => [duty, value])))
  return say('identity.groups', groups, stated.length === 0 ? 'none stated' : 'stated', stated[0]?.key ?? home).value
}
