/** One thing that somebody who judges a unit wants to know. */
export interface UnitFact {
  /** A name out of the manifests: `database`, `Group/erp-dba`; the empty text where the words say all. */
  readonly what: string
  /** Namespaces, `EVERYWHERE` for the whole cluster; none where it does not matter. */
  readonly where: readonly string[]
  /** Our words, names of kinds and numbers; may be empty. */
  readonly told: string
}

/** In place of a namespace: the whole cluster. */
export const EVERYWHERE = ''
