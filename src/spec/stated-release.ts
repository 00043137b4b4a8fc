import { createHash } from 'node:crypto'
import { type Fields, fieldsOf, isFields, listOf } from '../manifest/value.ts'

/** A release as a tenant states it for all its environments, or a hotfix as it states it for one. */
export interface StatedRelease {
  /** Twelve hexadecimal digits that name image and modules. */
  readonly id: string
  readonly odoo: string
  readonly image: string
  readonly modules: readonly StatedModule[]
  /** Why it stands in for the release that was promoted, and the last day (`YYYY-MM-DD`) on which it may. */
  readonly hotfix?: { readonly reason: string; readonly expires: string }
}

export interface StatedModule {
  readonly name: string
  /** Absent where only the name is given. */
  readonly version?: string
}

/**
 * The release that two halves of a tenant state; `undefined` of a unit that has none, as the shared one.
 *
 * @param promoted all that the tenant says outside `environments`
 * @param local what it says of this environment, whose `release` is a hotfix
 */
export function statedRelease(promoted: Fields | undefined, local: Fields | undefined): StatedRelease | undefined {
  const release = fieldsOf(promoted?.release)
  const hotfix = fieldsOf(local?.release)
  if (release.image === undefined) return undefined
  const image = String(hotfix.image ?? release.image)
  const modules = listOf(hotfix.modules ?? release.modules).map(
    (module): StatedModule =>
      isFields(module) ? { name: String(module.name), version: String(module.version) } : { name: String(module) },
  )
  const written = modules.map(({ name, version }) => (version === undefined ? name : `${name}@${version}`))
  const id = createHash('sha256')
    .update([image, ...written].join('\n'))
    .digest('hex')
    .slice(0, 12)
  const { reason, expires } = hotfix
  return {
    id,
    odoo: String(release.odoo),
    image,
    modules,
    ...(hotfix.image === undefined ? {} : { hotfix: { reason: String(reason), expires: String(expires) } }),
  }
}
