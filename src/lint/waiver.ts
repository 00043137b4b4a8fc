import type { Range, Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import { type FieldPath, formatPath, valueAt } from '../manifest/path.ts'
import { fieldsOf, isFields, labelsOf, textOf } from '../manifest/value.ts'
import { isDate } from './date.ts'
import type { NotEvaluated } from './finding.ts'

/**
 * What a waiver reaches: all that is given has to fit. `field` is a path without list elements
 * (`spec.template.spec.containers.image`) and covers everything below it; `container` names one container.
 */
export interface WaiverTarget {
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly container?: string
  readonly field?: string
  readonly tenant?: string
  readonly environment?: string
}

/** A policy's findings that somebody answers for until a date. */
export interface Waiver {
  readonly policy: string
  /** Empty: every finding of the policy, which is too broad. */
  readonly target: WaiverTarget
  readonly reason: string
  readonly owner: string
  /** The last day on which it holds, `YYYY-MM-DD`. */
  readonly expires: string
  readonly file: string
  readonly range: Range
}

/** One entry of a waivers file as it was parsed, with where it stands. */
export interface WaiverEntry {
  readonly value: unknown
  readonly file: string
  readonly range: Range
}

const REQUIRED = ['policy', 'reason', 'owner', 'expires'] as const
const TARGET = ['kind', 'namespace', 'name', 'container', 'field', 'tenant', 'environment'] as const

/**
 * The waivers among the entries. An entry that is not one is never guessed at: it is a line of `problems`, which says
 * what to change and makes the verdict "could not tell".
 */
export function readWaivers(entries: readonly WaiverEntry[]): {
  readonly waivers: readonly Waiver[]
  readonly problems: readonly NotEvaluated[]
} {
  const waivers: Waiver[] = []
  const problems: NotEvaluated[] = []
  for (const { value, file, range } of entries) {
    const faults = faultsOf(value)
    for (const reason of faults) problems.push({ file, range, reason })
    if (faults.length > 0) continue
    const { policy, reason, owner, expires, target = {} } = value as Omit<Waiver, 'file' | 'range'>
    waivers.push({ policy, target, reason, owner, expires, file, range })
  }
  return { waivers, problems }
}

function faultsOf(entry: unknown): string[] {
  if (!isFields(entry)) return ['waiver is no map, so it accepts nothing']
  const faults: string[] = []
  for (const field of REQUIRED) {
    if ((textOf(entry[field]) ?? '').trim() === '') faults.push(`waiver has no "${field}", so it accepts nothing`)
  }
  for (const field of Object.keys(entry)) {
    if (field !== 'target' && !(REQUIRED as readonly string[]).includes(field)) {
      faults.push(`waiver has a field "${field}", which means nothing here`)
    }
  }
  const { policy, expires, target } = entry
  if (typeof policy === 'string' && policy.startsWith('waiver-')) {
    faults.push(`waiver names policy "${policy}", and what is said about waivers cannot be waived`)
  }
  if (typeof expires === 'string' && expires.trim() !== '' && !isDate(expires)) {
    faults.push(`waiver expires on "${expires}", which is no date of the form YYYY-MM-DD`)
  }
  if (target !== undefined && !isFields(target))
    faults.push('waiver has a target that is no map, so it accepts nothing')
  for (const [field, value] of Object.entries(fieldsOf(target))) {
    if (!(TARGET as readonly string[]).includes(field)) {
      faults.push(`waiver has a target field "${field}", known are ${TARGET.join(', ')}`)
    } else if (typeof value !== 'string' || value === '') {
      faults.push(`waiver has a target field "${field}" that is no text, so it accepts nothing`)
    } else if (field === 'field' && /\[\d*\]/.test(value)) {
      faults.push(`waiver has a target field "${value}" with a list index, which moves when the list does`)
    }
  }
  return faults
}

/** Whether a finding of the waiver's policy at that place is within its target. */
export function fits(target: WaiverTarget, source: Source, at: FieldPath, environment: string | undefined): boolean {
  const { manifest } = source
  const labels = labelsOf(manifest.metadata.labels)
  const actual: Readonly<Record<Exclude<keyof WaiverTarget, 'field'>, string | undefined>> = {
    kind: manifest.kind,
    namespace: namespaceOf(source),
    name: manifest.metadata.name,
    container: containerName(manifest, at),
    tenant: labels['waybill.dev/tenant'],
    environment: environment ?? labels['waybill.dev/environment'],
  }
  return TARGET.every(key => {
    const wanted = target[key]
    if (wanted === undefined) return true
    return key === 'field' ? isWithin(at, wanted) : actual[key] === wanted
  })
}

function isWithin(at: FieldPath, field: string): boolean {
  const path = formatPath(at.filter(step => typeof step === 'string'))
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)
}

const CONTAINER_LISTS: readonly unknown[] = ['containers', 'initContainers', 'ephemeralContainers']

function containerName(manifest: unknown, at: FieldPath): string | undefined {
  const list = at.findIndex((step, index) => typeof step === 'number' && CONTAINER_LISTS.includes(at[index - 1]))
  return list === -1 ? undefined : textOf(fieldsOf(valueAt(manifest, at.slice(0, list + 1))).name)
}

/** The annotation by which a manifest waives warnings and infos about itself: `<policy>: <reason>; <policy>: …`. */
export const WAIVE_ANNOTATION = 'waybill.dev/waive'

/** One `<policy>: <reason>` of a manifest's own annotation. */
export interface AnnotatedWaiver {
  readonly policy: string
  /** Empty when none is given: it accepts nothing then. */
  readonly reason: string
  readonly source: Source
  readonly range: Range
}

export const WAIVE_ANNOTATION_PATH: FieldPath = ['metadata', 'annotations', WAIVE_ANNOTATION]

/** The waivers that a manifest carries itself. */
export function annotatedWaivers(source: Source): AnnotatedWaiver[] {
  const text = textOf(valueAt(source.manifest, WAIVE_ANNOTATION_PATH))
  if (text === undefined) return []
  const range = source.range(WAIVE_ANNOTATION_PATH)
  const parts = text.split(';').filter(part => part.trim() !== '')
  return parts.map(part => {
    const colon = part.indexOf(':')
    const policy = (colon === -1 ? part : part.slice(0, colon)).trim()
    return { policy, reason: colon === -1 ? '' : part.slice(colon + 1).trim(), source, range }
  })
}
