/** A map of a manifest whose fields nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>

const NO_FIELDS: Fields = Object.freeze({})

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The map at hand, or an empty one: for reading optional fields, never for telling whether one is there. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : NO_FIELDS
}

/** The list at hand, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** Labels or annotations: the entries whose value is text, the only ones that Kubernetes accepts. */
export function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (const [key, entry] of Object.entries(fieldsOf(value))) if (typeof entry === 'string') labels[key] = entry
  return labels
}
