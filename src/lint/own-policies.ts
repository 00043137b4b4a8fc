import { type Manifest, objectName, type Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { parseManifests, type SkipReason } from '../manifest/parse.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Registry } from '../schema/registry.ts'
import { validate } from '../schema/validate.ts'
import { type AdmissionPolicy, admissionPolicy } from './admission-policy.ts'
import type { NotEvaluated } from './finding.ts'

/** A policy that people keep themselves, with the file that declares it. */
export interface OwnPolicy {
  readonly policy: AdmissionPolicy
  readonly source: Source
  /** What applies it; empty where it applies as itself. */
  readonly bindings: readonly Source[]
  /** Whether anything among the manifests meets it at all. */
  selects(index: Index): boolean
}

export interface OwnPolicies {
  /** By name. */
  readonly policies: readonly OwnPolicy[]
  /** What of the files cannot be run or applies to nothing. Any of it makes the verdict "could not tell". */
  readonly problems: readonly NotEvaluated[]
}

const GROUP = 'admissionregistration.k8s.io/'
const isPolicy = (manifest: Manifest) => isOf(manifest, 'ValidatingAdmissionPolicy')
const isBinding = (manifest: Manifest) => isOf(manifest, 'ValidatingAdmissionPolicyBinding')

function isOf({ apiVersion, kind }: Manifest, wanted: string): boolean {
  return kind === wanted && apiVersion.startsWith(GROUP)
}

/** Parts of a file that nobody takes for a policy. */
const HARMLESS: ReadonlySet<SkipReason> = new Set(['empty file', 'empty document', 'empty list', 'kustomization'])

/**
 * The ValidatingAdmissionPolicies in files that people keep, each applied by the bindings among them, with the other
 * manifests among them as parameters. Without a binding a policy applies as itself.
 *
 * Compiles every policy: what cannot be run is told whether or not a manifest would meet it.
 *
 * @param taken names of policies that exist besides, which none of these may bear
 */
export function ownPolicies(
  files: ReadonlyMap<string, string>,
  registry: Registry,
  taken: ReadonlySet<string>,
): OwnPolicies {
  const parsed = [...files].map(([file, text]) => parseManifests(file, text))
  const sources = parsed.flatMap(({ sources: found }) => found)
  const problems: NotEvaluated[] = parsed.flatMap(({ problems: broken, remarks, skipped }, index) => {
    const file = [...files.keys()][index] ?? ''
    const passedOver = skipped.filter(({ reason }) => !HARMLESS.has(reason))
    return [
      ...[...broken, ...remarks].map(({ range, message }) => ({ file, range, reason: message })),
      ...passedOver.map(({ range, reason }) => ({ file, range, reason: `no policy can be read here: ${reason}` })),
    ]
  })
  const seen = new Set<string>()
  const declared: Source[] = []
  for (const source of sources) {
    problems.push(...structureOf(source, registry))
    const name = `${source.manifest.apiVersion} ${objectName(source.manifest)}`
    if (seen.has(name))
      problems.push(problemAt(source, ['metadata', 'name'], 'stands twice, so one of the two is lost'))
    else if (isPolicy(source.manifest)) declared.push(source)
    seen.add(name)
  }

  const bindings = sources.filter(({ manifest }) => isBinding(manifest))
  const params = sources.map(({ manifest }) => manifest).filter(manifest => !isPolicy(manifest) && !isBinding(manifest))
  const names = new Set(declared.map(({ manifest }) => manifest.metadata.name))
  for (const binding of bindings) {
    const name = textOf(fieldsOf(binding.manifest.spec).policyName) ?? ''
    if (names.has(name)) continue
    problems.push(problemAt(binding, ['spec', 'policyName'], `names policy "${name}", which is not beside it`))
  }
  const policies: OwnPolicy[] = []
  for (const source of declared) {
    const policy = admissionPolicy(source, { bindings, params })
    const faults = [...takenName(source, taken), ...emptinessOf(source, bindings)]
    problems.push(...faults, ...policy.problems)
    if (faults.length > 0) continue
    const refusing = admissionPolicy(refusingAll(source.manifest), { bindings, params })
    const own = bindings.filter(({ manifest }) => fieldsOf(manifest.spec).policyName === policy.name)
    policies.push({
      source,
      policy,
      bindings: own,
      selects: index => !refusing.judge(index)[Symbol.iterator]().next().done,
    })
  }
  return { policies: policies.sort((left, right) => (left.policy.name < right.policy.name ? -1 : 1)), problems }
}

/** The policy with one validation that nothing passes, which tells what it selects. */
function refusingAll(policy: Manifest): Manifest {
  return { ...policy, spec: { ...fieldsOf(policy.spec), validations: [{ expression: 'false' }], auditAnnotations: [] } }
}

function takenName(source: Source, taken: ReadonlySet<string>): NotEvaluated[] {
  const { name } = source.manifest.metadata
  if (!taken.has(name)) return []
  const fact = `is "${name}", which another policy bears already, so nobody could tell the two apart`
  return [problemAt(source, ['metadata', 'name'], fact)]
}

function problemAt(source: Source, at: FieldPath, fact: string): NotEvaluated {
  const { file, manifest } = source
  return { file, range: source.range(at), object: objectName(manifest), reason: `${formatPath(at)} ${fact}` }
}

/** What the API server would refuse: a field that it does not know could be the misspelt half of a rule. */
function structureOf(source: Source, registry: Registry): NotEvaluated[] {
  const outcome = validate(registry, source.manifest)
  if (outcome.outcome === 'unknown') return []
  const object = objectName(source.manifest)
  return outcome.problems.map(({ at, message }) => ({
    file: source.file,
    range: source.range(at),
    object,
    reason: message,
  }))
}

/** A policy that is well-formed and asks nothing of anybody. */
function emptinessOf(source: Source, bindings: readonly Source[]): NotEvaluated[] {
  const { spec, metadata } = source.manifest
  const { validations, auditAnnotations, paramKind } = fieldsOf(spec)
  const found: NotEvaluated[] = []
  if (listOf(validations).length + listOf(auditAnnotations).length === 0) {
    found.push(problemAt(source, ['spec', 'validations'], 'is empty, so the policy passes everything'))
  }
  const isBound = bindings.some(({ manifest }) => fieldsOf(manifest.spec).policyName === metadata.name)
  if (isFields(paramKind) && !isBound) {
    found.push(problemAt(source, ['spec', 'paramKind'], 'asks for parameters, and no binding gives it any'))
  }
  return found
}
