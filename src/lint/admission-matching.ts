import type { Index } from '../manifest/manifest-index.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import { servedVersions, type Target } from './admission-target.ts'

/** Whether a policy or a binding selects a manifest; `unknown` says what only a cluster could tell. */
export type Match = 'yes' | 'no' | { readonly unknown: string }

/** `matchConstraints` of a policy or `matchResources` of a binding, read once. */
export interface MatchResources {
  readonly rules: readonly ResourceRule[]
  readonly excluded: readonly ResourceRule[]
  readonly namespaceSelector: LabelSelector
  readonly objectSelector: LabelSelector
  /** `matchPolicy: Equivalent`, the default, also selects other versions of a resource. */
  readonly equivalent: boolean
}

interface ResourceRule {
  readonly operations: readonly string[]
  readonly groups: readonly string[]
  readonly versions: readonly string[]
  /** Plurals or `*`; what selects subresources only is left out, since a file creates none. */
  readonly resources: readonly string[]
  readonly scope: string
  /** Any name when empty. */
  readonly names: readonly string[]
}

type LabelSelector = readonly Requirement[]

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

const texts = (value: unknown) => listOf(value).flatMap(entry => textOf(entry) ?? [])

export function matchResourcesOf(fields: Fields): MatchResources {
  return {
    rules: listOf(fields.resourceRules).map(ruleOf),
    excluded: listOf(fields.excludeResourceRules).map(ruleOf),
    namespaceSelector: selectorOf(fields.namespaceSelector),
    objectSelector: selectorOf(fields.objectSelector),
    equivalent: fields.matchPolicy !== 'Exact',
  }
}

function ruleOf(value: unknown): ResourceRule {
  const rule = fieldsOf(value)
  return {
    operations: texts(rule.operations),
    groups: texts(rule.apiGroups),
    versions: texts(rule.apiVersions),
    resources: texts(rule.resources).flatMap(objectResource),
    scope: textOf(rule.scope) ?? '*',
    names: texts(rule.resourceNames),
  }
}

/** `pods`, `*`, `pods/*` and `*` with `/*` select the object itself; `pods/status` only its subresource. */
function objectResource(wanted: string): readonly string[] {
  const [resource = '', subresource = '*'] = wanted.split('/')
  return subresource === '*' ? [resource] : []
}

export function selectorOf(value: unknown): LabelSelector {
  const selector = fieldsOf(value)
  const equalities = Object.entries(labelsOf(selector.matchLabels))
  return [
    ...equalities.map(([key, wanted]) => ({ key, operator: 'In', values: [wanted] })),
    ...listOf(selector.matchExpressions)
      .filter(isFields)
      .map(({ key, operator, values }) => ({
        key: textOf(key) ?? '',
        operator: textOf(operator) ?? '',
        values: texts(values),
      })),
  ]
}

/** What each operator demands of a label's value, `undefined` where the label is absent. */
const OPERATORS: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: value => value !== undefined,
  DoesNotExist: value => value === undefined,
}

/** Whether labels meet a selector; an operator that Kubernetes does not know meets nothing. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined
    return OPERATORS[operator]?.(value, values) === true
  })
}

/** Whether any rule can select manifests of the resource that these are of. */
export function mayMatch(match: MatchResources, [sample]: readonly Target[]): boolean {
  if (sample === undefined || isExempt(sample)) return false
  return match.rules.length === 0 || match.rules.some(rule => selectsResource(rule, sample))
}

/** Whether the creation of a manifest is selected, as the API server decides it. */
export function matches(match: MatchResources, target: Target, index: Index): Match {
  const selected = match.rules.length === 0 ? 'yes' : matchesRules(match.rules, match.equivalent, target, index)
  if (selected === 'no') return 'no'
  const excluded = matchesRules(match.excluded, match.equivalent, target, index)
  if (excluded === 'yes' || !selectsObject(match.objectSelector, target)) return 'no'
  const namespace = matchesNamespace(match.namespaceSelector, target, index)
  if (namespace === 'no') return 'no'
  return [selected, excluded, namespace].find(one => typeof one === 'object') ?? 'yes'
}

function selectsObject(selector: LabelSelector, { source }: Target): boolean {
  return selector.length === 0 || selects(selector, labelsOf(source.manifest.metadata.labels))
}

// Policies and webhooks never judge each other, lest a wrong one lock everybody out.
function isExempt({ group, plural }: Target): boolean {
  return group === 'admissionregistration.k8s.io' && EXEMPT.test(plural)
}

const EXEMPT = /^(validating|mutating)(webhookconfigurations|admissionpolicies|admissionpolicybindings)$/

const NAME_LABEL = 'kubernetes.io/metadata.name'

/** Cluster-scoped objects are always selected; a Namespace by its own labels; the rest by those of their namespace. */
function matchesNamespace(selector: LabelSelector, target: Target, index: Index): Match {
  if (selector.length === 0 || target.namespace === '') return 'yes'
  const known = !target.namespaced || index.find('Namespace', target.namespace) !== undefined
  const labels = index.namespaceLabels(target.namespace)
  const decidable = known ? selector : selector.filter(({ key }) => key === NAME_LABEL)
  if (!selects(decidable, labels)) return 'no'
  const open = selector.find(requirement => !decidable.includes(requirement))
  if (open === undefined) return 'yes'
  const label = `label "${open.key}" of namespace "${target.namespace}"`
  return { unknown: `it selects by ${label}, which is not among the manifests` }
}

const holds = (wanted: readonly string[], value: string) => wanted.includes('*') || wanted.includes(value)

function matchesRules(rules: readonly ResourceRule[], equivalent: boolean, target: Target, index: Index): Match {
  if (rules.length === 0) return 'no'
  const named = rules.filter(rule => selectsResource(rule, target) && selectsName(rule, target))
  if (named.some(rule => holds(rule.versions, target.version))) return 'yes'
  if (!equivalent) return 'no'
  const served = servedVersions(index, target)
  const others = named
    .flatMap(rule => rule.versions)
    .filter(version => served === undefined || served.includes(version))
  const [other] = others
  if (other === undefined) return 'no'
  const from = `${target.group}/${target.version}`
  return { unknown: `it selects ${from} only after conversion to version "${other}", which is not done here` }
}

function selectsResource(rule: ResourceRule, { group, plural, namespaced }: Target): boolean {
  return (
    holds(rule.groups, group) &&
    holds(rule.resources, plural) &&
    holds(rule.operations, 'CREATE') &&
    (rule.scope === '*' || (rule.scope === 'Namespaced') === namespaced)
  )
}

function selectsName({ names }: ResourceRule, { name }: Target): boolean {
  return names.length === 0 || names.includes(name)
}
