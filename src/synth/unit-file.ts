import { isFields } from '../manifest/value.ts'
import { inputError } from '../spec/problem.ts'
import type { LocalHalf, PromotedHalf } from '../spec/unit.ts'
import { digestOf, toJson } from './canonical-json.ts'

/** Spec keys by field path, `''` for the whole manifest: which line decided which field. */
export type Origins = Readonly<Record<string, string>>

/** What `unit.json` records of a unit: enough to render it again, and to tell whether anybody touched it. */
export interface UnitFile {
  readonly environment: string
  readonly unit: string
  /** The version of waybill that rendered it. */
  readonly generator: string
  /** The digest of the promoted half. */
  readonly revision: string
  readonly promoted: PromotedHalf
  /** The digest of the local half, which itself stands in the spec. */
  readonly local: string
  readonly files: Readonly<Record<string, { readonly digest: string; readonly origins?: Origins }>>
}

const HEAD = { apiVersion: 'waybill.dev/v1alpha1', kind: 'Unit' }

/** The digest that names a promoted half. */
export function revisionOf(promoted: PromotedHalf): string {
  return digestOf(toJson(promoted))
}

export function localDigest(local: LocalHalf): string {
  return digestOf(toJson(local))
}

export function writeUnitFile(unit: UnitFile): string {
  return toJson({ ...HEAD, ...unit })
}

/**
 * Reads a `unit.json`.
 *
 * @throws InputError when a person or a merge broke it: not JSON, not a Unit, or a revision that is not the digest of
 *   the promoted half beside it
 */
export function readUnitFile(file: string, text: string): UnitFile {
  const wayOut = 'restore the file from Git; it is written by synth and promote alone'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw inputError(file, 'the file is not JSON, so nothing can be told of the unit', wayOut)
  }
  if (!isFields(value) || value.apiVersion !== HEAD.apiVersion || value.kind !== HEAD.kind || !isFields(value.files)) {
    throw inputError(file, `the file is not a ${HEAD.kind} of ${HEAD.apiVersion}`, wayOut)
  }
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = value
  const unit = rest as unknown as UnitFile
  if (revisionOf(unit.promoted) !== unit.revision) {
    throw inputError(
      file,
      `the promoted half does not have the digest ${short(unit.revision)} that the file states`,
      wayOut,
    )
  }
  return unit
}

/** The first twelve digits of a revision or digest, as messages show it. */
export function short(digest: string): string {
  return String(digest)
    .replace(/^sha256:/, '')
    .slice(0, 12)
}
