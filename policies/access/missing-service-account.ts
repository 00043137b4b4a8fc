import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every service account that a pod runs as is there',
  fix: 'add the ServiceAccount, or correct serviceAccountName',
  severity: { lite: 'off', standard: 'info', strict: 'error' },
  *check(index) {
    for (const { source, namespace, pod, podAt, kind, name } of writtenWorkloads(index)) {
      const account = textOf(pod.serviceAccountName) ?? ''
      // Every namespace has the account "default".
      if (account === '' || account === 'default') continue
      if (index.find('ServiceAccount', account, namespace) !== undefined) continue
      const subject = `${kind.toLowerCase()} "${name}"`
      const message = `${subject} runs as service account "${account}", which is not here, so no pod of it is made`
      yield { source, at: [...podAt, 'spec', 'serviceAccountName'], message }
    }
  },
})
