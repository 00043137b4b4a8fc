import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'pods without rights in the API server get no token for it',
  fix: 'set automountServiceAccountToken to false in the pod',
  severity: { lite: 'off', standard: 'info', strict: 'warning' },
  edit: 'pod.automountServiceAccountToken ?= false',
  *check(index) {
    const bound = boundAccounts(index)
    for (const { source, namespace, pod, podAt, kind, name } of writtenWorkloads(index)) {
      const account = textOf(pod.serviceAccountName) ?? 'default'
      const declared = index.find('ServiceAccount', account, namespace)?.manifest.automountServiceAccountToken
      const mounts = pod.automountServiceAccountToken ?? declared ?? true
      if (mounts !== true || bound.has(`${namespace}/${account}`) || bound.has(`${namespace}/*`)) continue
      const subject = `${kind.toLowerCase()} "${name}"`
      const fact = `mounts a token of service account "${account}", to which nothing here gives a right`
      yield {
        source,
        at: [...podAt, 'spec', 'automountServiceAccountToken'],
        message: `${subject} ${fact}, so only an intruder would use it`,
      }
    }
  },
})

const GROUP_OF_NAMESPACE = 'system:serviceaccounts:'

/** Accounts with a binding, as `namespace/name`; `namespace/*` where a binding names all of a namespace. */
function boundAccounts(index: Index): ReadonlySet<string> {
  const bound = new Set<string>()
  for (const source of [...index.ofKind('RoleBinding'), ...index.ofKind('ClusterRoleBinding')]) {
    for (const value of listOf(source.manifest.subjects)) {
      const { kind, name, namespace } = fieldsOf(value)
      if (kind === 'ServiceAccount') bound.add(`${textOf(namespace) ?? namespaceOf(source)}/${String(name)}`)
      else if (typeof name === 'string' && name.startsWith(GROUP_OF_NAMESPACE)) {
        bound.add(`${name.slice(GROUP_OF_NAMESPACE.length)}/*`)
      }
    }
  }
  return bound
}
