import { groupBy } from '../manifest/group-by.ts'
import { groupOf, type Manifest } from '../manifest/manifest.ts'
import { labelsOf } from '../manifest/value.ts'
import type { Change } from './change.ts'
import { IMMUTABLE_FIELDS, type ImmutableField } from './immutable-fields.ts'

const BY_KIND = groupBy(IMMUTABLE_FIELDS, field => field.kind)

/** Whether the change is one of those that the cluster refuses for this field. */
function refuses(field: ImmutableField, steps: readonly string[], change: Change): boolean {
  if (!startsWith(steps, field.path)) return false
  const below = steps.slice(field.path.length)
  if (field.onlyRemoval === true) return below.length === 0 && change.to === undefined
  if (field.onceSet === true && change.from === undefined) return false
  return !(field.except ?? []).some(path => startsWith(below, path))
}

function startsWith(steps: readonly string[], start: readonly string[]): boolean {
  return start.every((step, index) => steps[index] === step)
}

/**
 * Why the cluster refuses a change of an existing object, `undefined` when it takes it: `immutable: …`.
 * Fields of a ConfigMap or Secret that declares itself immutable count too.
 */
export function refusalOf(change: Change, before: Manifest): string | undefined {
  const group = groupOf(before.apiVersion)
  const kind = group === '' ? before.kind : `${before.kind}.${group}`
  const steps = change.names.map(name => (name.startsWith('[') ? '[]' : name))
  const field = BY_KIND.get(kind)?.find(field => refuses(field, steps, change))
  if (field !== undefined) {
    const what = field.onlyRemoval === true ? 'the removal' : 'a change'
    return `immutable: the cluster refuses ${what} of ${sayPath(field.path)}${outOf(field)}`
  }
  const isSealed = (kind === 'ConfigMap' || kind === 'Secret') && before.immutable === true && steps[0] !== 'metadata'
  return isSealed ? `immutable: the ${kind} declares that it never changes` : undefined
}

function outOf({ except = [] }: ImmutableField): string {
  return except.length === 0 ? '' : ` other than ${except.map(sayPath).join(', ')}`
}

function sayPath(path: readonly string[]): string {
  return path.join('.').replaceAll('.[]', '[]')
}

/**
 * Whether the engine deletes and creates the object instead of changing it, so that nothing is refused.
 *
 * Argo CD: the sync options `Force=true` with `Replace=true` (user guide, "Force Sync"), and hooks that are deleted
 * before the next sync, which is the default (user guide, "Resource Hooks"). Flux: the `force` annotation or label
 * (Kustomization API). As of September 2026.
 */
export function isReplaced(after: Manifest): boolean {
  const annotations = labelsOf(after.metadata.annotations)
  const options = (annotations['argocd.argoproj.io/sync-options'] ?? '').split(',').map(option => option.trim())
  if (options.includes('Force=true') && options.includes('Replace=true')) return true
  const force = 'kustomize.toolkit.fluxcd.io/force'
  if ([annotations[force], labelsOf(after.metadata.labels)[force]].some(value => value?.toLowerCase() === 'enabled')) {
    return true
  }
  if (annotations['argocd.argoproj.io/hook'] === undefined) return false
  const policy = annotations['argocd.argoproj.io/hook-delete-policy']
  return policy === undefined || policy.split(',').some(part => part.trim() === 'BeforeHookCreation')
}
