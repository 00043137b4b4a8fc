/** A container image reference, taken apart. */
export interface Image {
  /** Registry and repository. */
  readonly repository: string
  readonly tag?: string
  /** Without the algorithm. */
  readonly digest?: string
}

/** How many characters of a digest are shown: enough to tell any two apart by eye and by chance. */
const SHOWN = 12

/** Takes a reference apart: the colon of a tag is the one after the last slash. */
export function parseImage(reference: string): Image {
  const [rest = '', digest] = reference.split('@', 2)
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1)
  return {
    repository: colon === -1 ? rest : rest.slice(0, colon),
    ...(colon === -1 ? {} : { tag: rest.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest: digest.slice(digest.indexOf(':') + 1) }),
  }
}

/** The reference for people: `registry.example/odoo:18.0@0123456789ab`. */
export function sayImage(reference: unknown): string | undefined {
  if (typeof reference !== 'string') return undefined
  const { repository, tag, digest } = parseImage(reference)
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest.slice(0, SHOWN)}`}`
}

/** The leading number of the tag: the major version where tags are versions. Dates are none. */
export function majorOf(reference: unknown): number | undefined {
  if (typeof reference !== 'string') return undefined
  const [, major] = /^v?(\d{1,3})(?!\d)/.exec(parseImage(reference).tag ?? '') ?? []
  return major === undefined ? undefined : Number(major)
}
