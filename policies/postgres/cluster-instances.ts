import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'

/** The fewest servers with which a tier keeps what it promises. */
const LEAST: Readonly<Record<string, number>> = { silver: 2, gold: 3, platinum: 3 }

export default definePolicy({
  title: 'a database has the servers that its tier promises',
  fix: 'set spec.instances to 2 for silver, 3 for gold and platinum',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { source, name, instances, tier } of postgresClustersOf(index)) {
      const least = LEAST[tier ?? ''] ?? 0
      if (instances >= least) continue
      yield {
        source,
        at: ['spec', 'instances'],
        message: `cluster "${name}" of tier "${tier}" has ${instances} of ${least} servers, so a lost node means a restore or a database without a second copy`,
      }
    }
  },
})
