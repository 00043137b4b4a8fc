import type { Severity } from '../lint/finding.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import type { Exemption, SinglePolicy } from './admission.ts'

/** A policy as a cluster is told of it. */
export interface ClusterPolicy {
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
  /** `spec` of a ValidatingAdmissionPolicy. */
  readonly spec: Fields
  readonly bindings: readonly ClusterBinding[]
}

interface ClusterBinding {
  readonly name: string
  readonly actions: readonly ('Deny' | 'Warn' | 'Audit')[]
  readonly matchResources: Fields
}

interface Telling {
  readonly name: string
  readonly environment: string
  readonly severity: Severity
  readonly actions: readonly ('audit' | 'warn')[]
  readonly denies: boolean
  readonly exemptions: readonly Exemption[]
}

/** What controllers make of something else. It is judged at that: a pod that is refused is a till that does not restart. */
const MADE = ['pods', 'replicasets']

const OPERATIONS = ['CREATE', 'UPDATE']

/**
 * Conditions under which a request is no business of a policy, whatever the policy says: an object that its controller
 * made, and an update that changes nothing which anybody declares. Without the second one, no controller could write its
 * notes on an object that stood before the policy, and nothing could remove a finalizer from it.
 */
const EVERYWHERE = {
  'not-made-by-a-controller':
    '!object.metadata.?ownerReferences.orValue([]).exists(owner, owner.?controller.orValue(false))',
  changed: [
    'oldObject == null || !has(object.spec) || !has(oldObject.spec) || object.spec != oldObject.spec',
    'object.metadata.?labels.orValue({}) != oldObject.metadata.?labels.orValue({})',
  ].join(' ||\n'),
} as const

/**
 * Why a policy stays at the desk; `undefined` for one that a cluster can be told. Parameters would have to stand in the
 * cluster before it, and one that they are missing to refuses everything.
 */
export function deskReason({ spec }: Manifest): string | undefined {
  if (isFields(fieldsOf(spec).paramKind)) return 'it takes parameters'
  return rulesOf(spec).length === 0 ? 'it asks nothing of what people create or change' : undefined
}

/** A policy in the words of a cluster; `undefined` where it stays at the desk, or a waiver lets everybody through. */
export function told({ manifest, matches }: SinglePolicy, telling: Telling): ClusterPolicy | undefined {
  if (deskReason(manifest) !== undefined) return undefined
  const { name, environment, severity, actions, denies, exemptions } = telling
  const { validations, auditAnnotations, failurePolicy, ...spec } = fieldsOf(manifest.spec)
  const policy = manifest.metadata.name
  const variables = listOf(spec.variables).map(fieldsOf)
  const hasContainers = variables.some(variable => variable.name === CONTAINERS)
  const [ofContainers, ofObjects] = partition(
    exemptions,
    ({ target }) => hasContainers && target.container !== undefined,
  )
  if (ofObjects.some(({ target }) => conditionsOf(target).length === 0)) return undefined
  const conditions = {
    ...EVERYWHERE,
    ...(ofObjects.length === 0 ? {} : { 'not-waived': `!(${ofObjects.map(allOf).join(' ||\n')})` }),
    // An error is not for its author to accept.
    ...(severity === 'error' ? {} : { 'not-waived-by-itself': `!${annotatedFor(policy)}` }),
  }
  const given = listOf(spec.matchConditions).map(fieldsOf)
  const added = Object.entries(conditions).filter(([, expression]) =>
    given.every(condition => condition.expression !== expression),
  )
  const rules = rulesOf(spec)
  const wild = rules.some(({ resources }) => listOf(resources).some(resource => String(resource).startsWith('*')))
  return {
    name,
    annotations: { ...labelsOf(manifest.metadata.annotations), 'waybill.dev/severity': severity },
    spec: {
      ...spec,
      failurePolicy,
      matchConstraints: {
        ...fieldsOf(spec.matchConstraints),
        resourceRules: rules,
        ...(wild
          ? {
              excludeResourceRules: [
                ...excludedBy(spec),
                { ...ANY, apiGroups: ['', 'apps'], resources: MADE.flatMap(name => [name, `${name}/*`]) },
              ],
            }
          : {}),
      },
      matchConditions: [
        ...given,
        ...added.map(([condition, expression]) => ({ name: `waybill.dev/${condition}`, expression })),
      ],
      ...(variables.length === 0 ? {} : { variables: variables.map(without(ofContainers)) }),
      ...(validations === undefined ? {} : { validations }),
      ...(auditAnnotations === undefined ? {} : { auditAnnotations }),
    },
    bindings: (matches.length === 0 ? [{}] : matches).flatMap((match, index) =>
      bindingsOf(index === 0 ? name : `${name}.${index + 1}`, match, { rules, environment, actions, denies }),
    ),
  }
}

const ANY = { apiGroups: ['*'], apiVersions: ['*'], operations: OPERATIONS, resources: ['*'] }

function excludedBy(spec: unknown): readonly unknown[] {
  return listOf(fieldsOf(fieldsOf(spec).matchConstraints).excludeResourceRules)
}

/** The rules of a policy, as far as they select what people create and change. */
function rulesOf(spec: unknown): readonly Fields[] {
  return listOf(fieldsOf(fieldsOf(spec).matchConstraints).resourceRules).flatMap(value => {
    const rule = fieldsOf(value)
    const asked = listOf(rule.operations)
    const operations = OPERATIONS.filter(operation => asked.includes(operation) || asked.includes('*'))
    const resources = listOf(rule.resources).filter(resource => !MADE.includes(String(resource).split('/')[0] ?? ''))
    return operations.length === 0 || resources.length === 0 ? [] : [{ ...rule, operations, resources }]
  })
}

interface Binding extends Pick<Telling, 'environment' | 'actions' | 'denies'> {
  readonly rules: readonly Fields[]
}

/**
 * The bindings of a policy, in namespaces of the platform. What stands in no namespace is never refused: operators and the
 * cluster itself bring it, and no label tells theirs from ours.
 */
function bindingsOf(name: string, match: Fields, { rules, environment, actions, denies }: Binding): ClusterBinding[] {
  const selector = fieldsOf(match.namespaceSelector)
  const ours = {
    ...match,
    namespaceSelector: {
      ...selector,
      matchExpressions: [
        ...listOf(selector.matchExpressions),
        { key: 'waybill.dev/environment', operator: 'In', values: [environment] },
      ],
    },
  }
  const telling = actions.map(action => (action === 'audit' ? ('Audit' as const) : ('Warn' as const)))
  if (!denies) return [{ name, actions: telling, matchResources: ours }]
  // A refusal says all that a warning would, and the API server takes only one of the two.
  const refusing = ['Deny' as const, ...telling.filter(action => action !== 'Warn')]
  const scopes = new Set(rules.flatMap(scopesOf))
  const scoped = (scope: Scope) => ({
    ...ours,
    resourceRules: (match.resourceRules === undefined ? [ANY] : listOf(match.resourceRules))
      .map(fieldsOf)
      .filter(rule => [undefined, '*', scope].includes(textOf(rule.scope)))
      .map(rule => ({ ...rule, scope })),
  })
  if (!scopes.has('Cluster')) return [{ name, actions: refusing, matchResources: ours }]
  if (!scopes.has('Namespaced')) return [{ name, actions: telling, matchResources: ours }]
  return [
    { name, actions: refusing, matchResources: scoped('Namespaced') },
    { name: `${name}.cluster`, actions: telling, matchResources: scoped('Cluster') },
  ].filter(({ matchResources }) => matchResources.resourceRules.length > 0)
}

type Scope = 'Namespaced' | 'Cluster'

/** Resources of Kubernetes by where they stand, those that policies are about; `*` for a whole group. */
const SCOPES: Readonly<Record<string, Readonly<Record<string, Scope>>>> = {
  '': {
    configmaps: 'Namespaced',
    namespaces: 'Cluster',
    nodes: 'Cluster',
    persistentvolumeclaims: 'Namespaced',
    persistentvolumes: 'Cluster',
    replicationcontrollers: 'Namespaced',
    secrets: 'Namespaced',
    serviceaccounts: 'Namespaced',
    services: 'Namespaced',
  },
  apps: { '*': 'Namespaced' },
  autoscaling: { '*': 'Namespaced' },
  batch: { '*': 'Namespaced' },
  'networking.k8s.io': { ingressclasses: 'Cluster', ingresses: 'Namespaced', networkpolicies: 'Namespaced' },
  policy: { '*': 'Namespaced' },
  'rbac.authorization.k8s.io': {
    clusterrolebindings: 'Cluster',
    clusterroles: 'Cluster',
    rolebindings: 'Namespaced',
    roles: 'Namespaced',
  },
}

/** Where the objects stand that a rule selects; in both places where nobody here can tell. */
function scopesOf({ scope, apiGroups, resources }: Fields): readonly Scope[] {
  if (scope === 'Namespaced' || scope === 'Cluster') return [scope]
  return listOf(apiGroups).flatMap(group => {
    const known = SCOPES[String(group)]
    return listOf(resources).flatMap((resource): readonly Scope[] => {
      const found = known?.['*'] ?? known?.[String(resource)]
      return found === undefined ? ['Namespaced', 'Cluster'] : [found]
    })
  })
}

/** The variable that the containers of a pod bear in a policy about them. */
const CONTAINERS = 'containers'

/** Takes single containers out of the variable by which a policy sees them. */
function without(exemptions: readonly Exemption[]) {
  return (variable: Fields): Fields => {
    if (variable.name !== CONTAINERS || exemptions.length === 0) return variable
    const waived = exemptions.map(({ target }) =>
      [...conditionsOf(target), `c.?name.orValue("") == ${quoted(target.container ?? '')}`].join(' && '),
    )
    return { ...variable, expression: `(${textOf(variable.expression) ?? ''}).filter(c, !(${waived.join(' ||\n')}))` }
  }
}

/** What each field of a target asks of an object. A waiver of one field lets the object through as a whole. */
const ASKED = {
  kind: 'object.kind',
  namespace: 'object.metadata.?namespace.orValue("default")',
  name: 'object.metadata.?name.orValue("")',
  tenant: 'object.metadata.?labels[?"waybill.dev/tenant"].orValue("")',
} as const

function conditionsOf(target: Exemption['target']): readonly string[] {
  return Object.entries(ASKED).flatMap(([field, expression]) => {
    const wanted = target[field]
    return wanted === undefined ? [] : [`${expression} == ${quoted(wanted)}`]
  })
}

function allOf({ target }: Exemption): string {
  return conditionsOf(target).join(' && ')
}

/** Whether an object waives the policy about itself, with a reason, as the desk reads the annotation. */
function annotatedFor(policy: string): string {
  const pattern = `(^|;)\\s*${policy.replaceAll('.', '\\.')}\\s*:\\s*[^;\\s]`
  return `object.metadata.?annotations[?"waybill.dev/waive"].orValue("").matches(${quoted(pattern)})`
}

/** A text as a literal of CEL, which writes and escapes it as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(isFirst), items.filter(item => !isFirst(item))]
}
