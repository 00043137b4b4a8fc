import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, numberOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'a lost standby does not stop writing',
  fix: 'have two more servers than synchronous.number, or set dataDurability: preferred',
  severity: 'error',
  *check(index) {
    for (const { source, name, instances, spec } of postgresClustersOf(index)) {
      const { number: wanted, dataDurability = 'required' } = fieldsOf(fieldsOf(spec.postgresql).synchronous)
      const standbys = numberOf(wanted)
      if (standbys === undefined || dataDurability !== 'required' || instances - 1 > standbys) continue
      yield {
        source,
        at: ['spec', 'instances'],
        message: `cluster "${name}" has ${instances} servers and every commit waits for ${standbys} of ${instances - 1} standbys, so one standby down stops every till`,
      }
    }
  },
})
