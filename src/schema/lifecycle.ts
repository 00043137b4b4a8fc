import type { Violation } from '../lint/finding.ts'
import { groupOf, type Manifest } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, isFields } from '../manifest/value.ts'
import { schemasBelow, visitPlaces } from './places.ts'
import type { Registry } from './registry.ts'
import type { Schema } from './schema.ts'

/** When API versions come and go. */
export interface Lifecycle {
  /** The Kubernetes minor that the built schemas describe, the newest one known here. */
  readonly kubernetes: string
  readonly apis: readonly ApiLifecycle[]
}

/** The life of an API version, or of some of its kinds. Each version is the first to which the word applies. */
export interface ApiLifecycle {
  /** `extensions/v1beta1`, or the name of a group for all its versions. */
  readonly api: string
  /** Absent: every kind. */
  readonly kinds?: readonly string[]
  /** Whose versions these are; absent: Kubernetes. */
  readonly component?: string
  /** The first version that serves it without being asked to. */
  readonly introduced?: string
  readonly deprecated?: string
  /** The first version that no longer serves it. */
  readonly removed?: string
  /** What to write instead. */
  readonly replacement?: string
  /** Whether the replacement has the same fields, and means the same by them. */
  readonly renamed?: boolean
}

/** `removed`: the cluster refuses it. `deprecated`: it works and is to go. `not-yet`: the cluster does not have it. */
export type Change = 'removed' | 'deprecated' | 'not-yet'

export interface LifecycleProblem extends Violation {
  readonly change: Change
}

/**
 * What of a manifest the cluster no longer serves, is to lose, or does not have yet. `minor` is the Kubernetes version that
 * the cluster runs: `1.35`. The versions of operators are not known here: what one of them has removed is removed.
 */
export function lifecycleProblems(registry: Registry, manifest: Manifest, minor: string): readonly LifecycleProblem[] {
  const problems: LifecycleProblem[] = []
  for (const entry of entriesOf(registry.lifecycle, manifest.apiVersion)) {
    if (entry.kinds !== undefined && !entry.kinds.includes(manifest.kind)) continue
    const problem = judge(entry, `"${manifest.apiVersion}" "${manifest.kind}"`, minor)
    if (problem !== undefined) problems.push({ at: ['apiVersion'], ...problem })
  }
  // What a custom resource may hold is up to its operator, whatever types it borrows.
  if (isNative(manifest) && mayBeTooNew(registry, manifest, minor))
    visitPlaces(registry, manifest, (value, schema, at) => {
      const since = schema['x-since']
      if (since !== undefined && isFields(value)) problems.push(...fieldsNotYet(since, value, at, minor))
    })
  return problems
}

/** The API version by which a manifest goes that is otherwise left as it is; `undefined` where there is none. */
export function newNameOf(registry: Registry, { apiVersion, kind }: Manifest): string | undefined {
  const entry = entriesOf(registry.lifecycle, apiVersion).find(({ kinds }) => kinds?.includes(kind) !== false)
  return entry?.renamed === true ? entry.replacement : undefined
}

const byApi = new WeakMap<Lifecycle, Map<string, readonly ApiLifecycle[]>>()

/** What is known of an API version, of itself or of its group. */
function entriesOf(lifecycle: Lifecycle, apiVersion: string): readonly ApiLifecycle[] {
  const byVersion = byApi.get(lifecycle) ?? new Map<string, readonly ApiLifecycle[]>()
  byApi.set(lifecycle, byVersion)
  let entries = byVersion.get(apiVersion)
  if (entries === undefined) {
    const group = groupOf(apiVersion)
    entries = lifecycle.apis.filter(({ api }) => api === apiVersion || api === group)
    byVersion.set(apiVersion, entries)
  }
  return entries
}

const latest = new WeakMap<Schema, string>()

/** Whether any field of the kind is newer than the cluster: most clusters know them all, and nothing has to be looked at. */
function mayBeTooNew(registry: Registry, { apiVersion, kind }: Manifest, minor: string): boolean {
  const root = registry.kind(apiVersion, kind)
  if (root === undefined) return false
  let newest = latest.get(root)
  if (newest === undefined) {
    const marks = [...schemasBelow(registry, root)].flatMap(schema => Object.values(schema['x-since'] ?? {}))
    newest = marks.reduce((last, mark) => (isBefore(last, mark) ? mark : last), '0.0')
    latest.set(root, newest)
  }
  return isBefore(minor, newest)
}

function fieldsNotYet(
  since: Readonly<Record<string, string>>,
  value: Fields,
  at: FieldPath,
  minor: string,
): LifecycleProblem[] {
  return Object.entries(since).flatMap(([mark, introduced]): LifecycleProblem[] => {
    const [name = '', only] = mark.split('=')
    const present = value[name]
    const isUsed = only === undefined ? present !== undefined && present !== null : present === only
    if (!isUsed || !isBefore(minor, introduced)) return []
    const subject = only === undefined ? `field "${name}"` : `value "${only}" of field "${name}"`
    return [
      {
        change: 'not-yet',
        at: [...at, name],
        message: `${subject} works from Kubernetes ${introduced} on, the cluster runs ${minor}`,
      },
    ]
  })
}

/** Whether the group may be Kubernetes' own: operators have a domain of their own, or one under k8s.io. */
function isNative({ apiVersion }: Manifest): boolean {
  const group = groupOf(apiVersion)
  return !group.includes('.') || group.endsWith('.k8s.io')
}

function judge(entry: ApiLifecycle, subject: string, minor: string): { change: Change; message: string } | undefined {
  const { component, introduced, deprecated, removed, replacement } = entry
  const owner = component ?? 'Kubernetes'
  const remedy = replacement === undefined ? 'nothing replaces it' : `"${replacement}" replaces it`
  /** Of an operator nobody says which version runs: all that has happened counts. */
  const reached = (version: string | undefined) =>
    version !== undefined && (component !== undefined || !isBefore(minor, version))
  if (reached(removed))
    return { change: 'removed', message: `${subject} is not served from ${owner} ${removed} on, ${remedy}` }
  if (reached(deprecated)) {
    const end = removed === undefined ? '' : ` and not served from ${removed} on`
    return { change: 'deprecated', message: `${subject} is deprecated from ${owner} ${deprecated} on${end}, ${remedy}` }
  }
  if (component === undefined && introduced !== undefined && isBefore(minor, introduced)) {
    return {
      change: 'not-yet',
      message: `${subject} is served from Kubernetes ${introduced} on, the cluster runs ${minor}`,
    }
  }
  return undefined
}

/** Compares `1.9` and `1.10` as versions, by their first two numbers. */
function isBefore(left: string, right: string): boolean {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number)
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number)
  return leftMajor === rightMajor ? leftMinor < rightMinor : leftMajor < rightMajor
}
