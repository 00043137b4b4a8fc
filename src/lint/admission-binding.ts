import { bindValue } from '../cel/binding.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import { DEFAULT_NAMESPACE } from '../manifest/workload.ts'
import { type MatchResources, matchResourcesOf, selectorOf, selects } from './admission-matching.ts'
import { isNamespaced, type Target } from './admission-target.ts'

const VALIDATION_ACTIONS = ['Deny', 'Warn', 'Audit'] as const
export type ValidationAction = (typeof VALIDATION_ACTIONS)[number]

/** A ValidatingAdmissionPolicyBinding, or the policy applied as itself (`name` is undefined then). */
export interface PolicyBinding {
  readonly name: string | undefined
  readonly actions: readonly ValidationAction[]
  readonly match: MatchResources
  readonly paramRef: ParamRef | undefined
}

interface ParamRef {
  readonly name: string | undefined
  readonly namespace: string | undefined
  readonly selector: ReturnType<typeof selectorOf> | undefined
  readonly denies: boolean
}

/** The kind that a policy takes its parameters from. */
export interface ParamKind {
  readonly apiVersion: string
  readonly kind: string
}

/** The parameters of one evaluation, or why there are none, in the API server's words. */
export type Params =
  | { readonly kind: 'found'; readonly params: readonly unknown[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'misconfigured'; readonly message: string }

/** A policy that no binding names applies to all that it matches. */
export const UNBOUND: PolicyBinding = { name: undefined, actions: [], match: matchResourcesOf({}), paramRef: undefined }

export function policyBindingOf(manifest: Manifest): PolicyBinding {
  const spec = fieldsOf(manifest.spec)
  return {
    name: manifest.metadata.name,
    actions: VALIDATION_ACTIONS.filter(action => listOf(spec.validationActions).includes(action)),
    match: matchResourcesOf(fieldsOf(spec.matchResources)),
    paramRef: isFields(spec.paramRef) ? paramRefOf(spec.paramRef) : undefined,
  }
}

function paramRefOf(ref: Readonly<Record<string, unknown>>): ParamRef {
  return {
    name: textOf(ref.name),
    namespace: textOf(ref.namespace),
    selector: isFields(ref.selector) ? selectorOf(ref.selector) : undefined,
    denies: ref.parameterNotFoundAction === 'Deny',
  }
}

/** The parameters that a binding gives for a manifest: those of the environment, and those given besides. */
export function paramsFor(
  kind: ParamKind | undefined,
  { paramRef }: PolicyBinding,
  target: Target,
  index: Index,
  given: readonly Manifest[],
): Params {
  if (kind === undefined || paramRef === undefined) return { kind: 'found', params: [null] }
  const namespaced = isNamespaced(index, kind.apiVersion, kind.kind)
  if (!namespaced && paramRef.namespace !== undefined) {
    return misconfigured('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  }
  const namespace = namespaced ? (paramRef.namespace ?? target.namespace) : undefined
  if (namespace === '') {
    return misconfigured('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  }
  if (paramRef.name === undefined && paramRef.selector === undefined) {
    return misconfigured('one of name or selector must be provided')
  }
  const manifests = [...index.ofKind(kind.kind).map(({ manifest }) => manifest), ...given]
  const found = manifests.filter(
    manifest =>
      manifest.apiVersion === kind.apiVersion &&
      manifest.kind === kind.kind &&
      (namespace === undefined || (manifest.metadata.namespace ?? DEFAULT_NAMESPACE) === namespace) &&
      isReferred(paramRef, manifest),
  )
  if (found.length > 0) return { kind: 'found', params: found.map(bindValue) }
  if (!paramRef.denies) return { kind: 'none' }
  return misconfigured('no params found for policy binding with `Deny` parameterNotFoundAction')
}

function isReferred({ name, selector }: ParamRef, { metadata }: Manifest): boolean {
  return name === undefined
    ? selector !== undefined && selects(selector, labelsOf(metadata.labels))
    : metadata.name === name
}

function misconfigured(message: string): Params {
  return { kind: 'misconfigured', message: `failed to configure binding: ${message}` }
}
