import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'a drain waits for a database of several servers, and not for one of one',
  fix: 'set enablePDB: false with one instance, and true with more',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { source, name, spec, instances } of postgresClustersOf(index)) {
      const { enablePDB = true } = spec
      if (enablePDB === true && instances === 1) {
        yield {
          source,
          at: ['spec', 'enablePDB'],
          message: `cluster "${name}" has one server and a disruption budget for it, so its node can never be drained`,
        }
      }
      if (enablePDB === false && instances > 1) {
        yield {
          source,
          at: ['spec', 'enablePDB'],
          message: `cluster "${name}" has ${instances} servers and no disruption budget, so a drain of several nodes may take them all at once`,
        }
      }
    }
  },
})
