import type { Evidence } from '../lint/finding.ts'
import type { Source } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'

/** A field of a manifest. */
export interface Place {
  readonly source: Source
  readonly at: FieldPath
}

/** A place with what stands there, as a finding shows it. */
export function evidenceAt({ source, at }: Place, message: string): Evidence {
  return { file: source.file, range: source.range(at), message }
}
