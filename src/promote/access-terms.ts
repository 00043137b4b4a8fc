import { fieldsOf, listOf } from '../manifest/value.ts'
import type { Change } from './change.ts'
import type { Risk } from './operation.ts'
import { high, low, medium, none } from './risk.ts'
import { fromTo, lastName, type Reading, rest, say, type Term, type Terms, value, whole, without } from './term.ts'

const WIDE_VERBS: ReadonlySet<string> = new Set(['*', 'bind', 'escalate', 'impersonate'])

/** Resources that hand a subject more than themselves, whatever it may do with them: a `get` of pods/exec runs a command. */
const WIDE_RESOURCES: ReadonlySet<string> = new Set([
  '*',
  'nodes/proxy',
  'pods/attach',
  'pods/exec',
  'secrets',
  'serviceaccounts/token',
])

/** Resources through which a subject that may write them takes over the cluster, a namespace or a database. */
const WIDE_TO_WRITE: ReadonlySet<string> = new Set([
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusters.postgresql.cnpg.io',
  'databaseroles.postgresql.cnpg.io',
  'poolers.postgresql.cnpg.io',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
])

const READING: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

/** Each right of a list of rules by itself: `get pods`, `* secrets named db-app`. */
export function rightsOf(rules: unknown): string[] {
  const rights = new Set<string>()
  for (const rule of listOf(rules)) {
    const { apiGroups, resources, verbs, resourceNames, nonResourceURLs } = fieldsOf(rule)
    const names = listOf(resourceNames).map(String).sort().join(', ')
    const groups = listOf(apiGroups).length === 0 ? [''] : listOf(apiGroups).map(String)
    const objects = groups.flatMap(group =>
      listOf(resources).map(resource => `${resource}${group === '' ? '' : `.${group}`}`),
    )
    for (const object of [...objects, ...listOf(nonResourceURLs).map(String)]) {
      for (const verb of listOf(verbs)) rights.add(`${verb} ${object}${names === '' ? '' : ` named ${names}`}`)
    }
  }
  return [...rights].sort()
}

export function isReading(right: string): boolean {
  return READING.has(right.split(' ')[0] ?? '')
}

/** Whether a right can be used to gain others. */
export function isWide(right: string): boolean {
  const [verb = '', object = ''] = right.split(' ')
  const resource = object.replace(/\.\*$/, '')
  if (WIDE_VERBS.has(verb) || WIDE_RESOURCES.has(resource)) return true
  if (isReading(right)) return false
  return resource === object
    ? WIDE_TO_WRITE.has(object)
    : [...WIDE_TO_WRITE].some(name => name.startsWith(`${resource}.`))
}

const RULES: Term = {
  whole: true,
  read(change) {
    const before = rightsOf(change.from)
    const after = rightsOf(change.to)
    const granted = without(after, before).map(
      (right): Reading => ({ topic: 'access', what: 'right', to: String(right), risk: riskOfRight(String(right)) }),
    )
    const revoked = without(before, after).map(
      (right): Reading => ({
        topic: 'access',
        what: 'right',
        from: String(right),
        risk: medium('whoever needs the right is refused'),
      }),
    )
    if (granted.length + revoked.length > 0) return [...revoked, ...granted]
    return [{ topic: 'access', what: 'rules', ...fromTo(change), risk: none('other rules that grant the same') }]
  },
}

function riskOfRight(right: string): Risk {
  return isWide(right) ? high('the right leads to more than it says') : medium('more may be done')
}

export const ROLE_OBJECT: Terms = {
  rules: RULES,
  aggregationRule: whole('access', 'aggregated roles', high('the rights come from other roles')),
  '': rest('access', medium('the role is different'), 0),
}

/** The riskiest right of a role, for one that comes as a whole. */
export function roleRisk(manifest: unknown): Risk {
  const rights = rightsOf(fieldsOf(manifest).rules)
  const wide = rights.find(isWide)
  return wide === undefined ? medium('more may be done') : high(`"${wide}" leads to more than it says`)
}

/** All rights of a role. */
export function sayRights(manifest: unknown): string | undefined {
  return rightsOf(fieldsOf(manifest).rules).join('; ') || undefined
}

/** `Group/erp-dba`, `ServiceAccount/acme-app/web`. */
export function saySubject(subject: unknown): string {
  const { kind, namespace, name } = fieldsOf(subject)
  return [kind, namespace, name]
    .filter(part => part !== undefined)
    .map(String)
    .join('/')
}

const SUBJECTS: Term = {
  whole: true,
  read(change) {
    const before = listOf(change.from).map(saySubject).sort()
    const after = listOf(change.to).map(saySubject).sort()
    const gone = without(before, after).map(
      (from): Reading => ({
        topic: 'access',
        what: 'subject',
        from: String(from),
        risk: medium('the subject loses the rights'),
      }),
    )
    const come = without(after, before).map(
      (to): Reading => ({
        topic: 'access',
        what: 'subject',
        to: String(to),
        risk: high('another subject gets the rights'),
      }),
    )
    if (gone.length + come.length > 0) return [...gone, ...come]
    return [
      { topic: 'access', what: 'subjects', ...fromTo(change), risk: none('the same subjects, written differently') },
    ]
  },
}

export const BINDING: Terms = {
  subjects: SUBJECTS,
  roleRef: whole('access', 'role', high('the subjects get other rights'), sayRole),
  '': rest('access', medium('the binding is different'), 0),
}

function sayRole(reference: unknown): string | undefined {
  const { kind, name } = fieldsOf(reference)
  return kind === undefined ? say(reference) : `${String(kind)}/${String(name)}`
}

/** `ClusterRole/admin to Group/erp-dba`. */
export function sayBinding(manifest: unknown): string {
  const { roleRef, subjects } = fieldsOf(manifest)
  return `${sayRole(roleRef)} to ${listOf(subjects).map(saySubject).sort().join(', ')}`
}

export const SERVICE_ACCOUNT: Terms = {
  automountServiceAccountToken: value('access', 'token in pods', ({ to }: Change) =>
    to === false ? low('pods get no token by default') : high('pods get a token by default'),
  ),
  metadata: {
    annotations: {
      '*': value(
        'access',
        change => `annotation ${lastName(change)}`,
        high('the account may act under another identity outside the cluster'),
      ),
    },
  },
  '': rest('access', medium('the account is different'), 0),
}

const LEVELS = ['privileged', 'baseline', 'restricted']

const POD_SECURITY = (mode: string): Term =>
  value('access', `pod security (${mode})`, ({ from, to }) => {
    const before = LEVELS.indexOf(String(from ?? 'privileged'))
    const after = LEVELS.indexOf(String(to ?? 'privileged'))
    if (mode !== 'enforce') return low('other pods are warned about')
    return after < before ? high('pods with more rights are admitted') : medium('pods with too many rights are refused')
  })

export const NAMESPACE: Terms = {
  metadata: {
    labels: {
      'pod-security.kubernetes.io/enforce': POD_SECURITY('enforce'),
      'pod-security.kubernetes.io/audit': POD_SECURITY('audit'),
      'pod-security.kubernetes.io/warn': POD_SECURITY('warn'),
      '*': value(
        'network',
        change => `label ${lastName(change)}`,
        medium('network policies that select namespaces by label may open or close'),
      ),
    },
  },
}
