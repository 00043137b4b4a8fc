import type { StatedModule, StatedRelease } from '../spec/stated-release.ts'

/**
 * Why a database may hold another schema after one release has followed on another; empty when it does not. What cannot be
 * told counts as a change: an image that comes without versions of its modules may bring anything. Modules that neither
 * release lists are taken to follow the series of Odoo.
 */
export function schemaChanges(before: StatedRelease | undefined, after: StatedRelease | undefined): readonly string[] {
  if (before === undefined || after === undefined) return []
  if (before.odoo !== after.odoo) return [`Odoo ${before.odoo} → ${after.odoo}`]
  const versionOf = (modules: readonly StatedModule[]) =>
    new Map(modules.map(({ name, version }) => [name, version ?? 'present']))
  const from = versionOf(before.modules)
  const to = versionOf(after.modules)
  const names = [...new Set([...from.keys(), ...to.keys()])].sort()
  const changed = names
    .filter(name => from.get(name) !== to.get(name))
    .map(name => `${name} ${from.get(name) ?? 'absent'} → ${to.get(name) ?? 'absent'}`)
  if (before.image === after.image || changed.length > 0) return changed
  const untold = after.modules.find(({ name, version }) => version === undefined || from.get(name) === 'present')
  if (after.modules.length === 0) return ['another image, which lists no modules']
  return untold === undefined ? [] : [`another image, and nobody says which version of ${untold.name} it holds`]
}
