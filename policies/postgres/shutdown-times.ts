import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { numberOf } from '../../src/manifest/value.ts'

/** Seconds, from the schema of CloudNativePG 1.30. */
const DEFAULTS = { smartShutdownTimeout: 180, stopDelay: 1_800, switchoverDelay: 3_600 } as const
/** Seconds for which new connections may be refused while old ones are waited for. */
const LONGEST_WAIT = 30
/** Seconds for the servers to end after their clients. */
const AFTER = 15
/** Seconds that a switch to a standby may take; beyond it a person is faster. */
const LONGEST_SWITCH = 300

export default definePolicy({
  title: 'a planned restart of the database takes seconds',
  fix: 'set smartShutdownTimeout to 15, stopDelay well above it, and switchoverDelay to the promised time of recovery',
  severity: { lite: 'off', standard: 'warning', strict: 'warning' },
  *check(index) {
    for (const { source, name, spec, instances, clients } of postgresClustersOf(index)) {
      if (clients.length === 0) continue
      const smart = numberOf(spec.smartShutdownTimeout) ?? DEFAULTS.smartShutdownTimeout
      const stop = numberOf(spec.stopDelay) ?? DEFAULTS.stopDelay
      const change = numberOf(spec.switchoverDelay) ?? DEFAULTS.switchoverDelay
      if (smart > LONGEST_WAIT) {
        yield {
          source,
          at: ['spec', 'smartShutdownTimeout'],
          message: `cluster "${name}" waits ${smart} s for connections to end before it restarts, and those of Odoo never do, so nobody gets in for that long`,
        }
      }
      if (stop <= smart + AFTER) {
        yield {
          source,
          at: ['spec', 'stopDelay'],
          message: `cluster "${name}" has ${stop} s to stop and spends ${smart} s of them waiting, so it is killed and recovers its logs at the next start`,
        }
      }
      if (instances > 1 && change > LONGEST_SWITCH) {
        yield {
          source,
          at: ['spec', 'switchoverDelay'],
          message: `cluster "${name}" gives a primary ${change} s to hand over, so a primary that hangs keeps everybody out for that long`,
        }
      }
    }
  },
})
