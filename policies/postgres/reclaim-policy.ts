import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

const RECLAIM = { Database: 'databaseReclaimPolicy', DatabaseRole: 'databaseRoleReclaimPolicy' } as const

export default definePolicy({
  title: 'no database goes with its manifest',
  fix: 'set the reclaim policy to retain, and remove ensure: absent',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const [kind, field] of Object.entries(RECLAIM)) {
      for (const source of index.ofKind(kind, 'postgresql.cnpg.io')) {
        const { [field]: policy, ensure } = fieldsOf(source.manifest.spec)
        const what = kind === 'Database' ? 'database' : 'user'
        const { name } = source.manifest.metadata
        if (policy === 'delete') {
          yield {
            source,
            at: ['spec', field],
            message: `${what} "${name}" is dropped together with its manifest, so a pull request that tidies up deletes what it holds`,
          }
        }
        if (ensure === 'absent') {
          yield {
            source,
            at: ['spec', 'ensure'],
            message: `${what} "${name}" is dropped by a line in Git, so whoever merges it deletes what it holds`,
          }
        }
      }
    }
  },
})
