import { kindWords } from '../../src/analysis/kind-words.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { longestWork } from '../../src/analysis/odoo-patience.ts'
import { settingEvidence } from '../../src/analysis/odoo-setting.ts'
import { preStopSeconds } from '../../src/analysis/probe.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { numberOf } from '../../src/manifest/value.ts'

/** Seconds that a pod gets to end when it says nothing. */
const DEFAULT = 30
/** Seconds that a person waits for a node to drain; whoever works for longer is asked for no more than this. */
const LONGEST = 3_600

const WORK = { web: 'requests', api: 'requests', queue: 'jobs', cron: 'scheduled actions' } as const

export default definePolicy({
  title: 'a pod that stops may end the work that it has begun',
  fix: 'set terminationGracePeriodSeconds to the preStop sleep and the time limit of the role together',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      const { role, workload, container } = odoo
      const work = role === 'websocket' || role === 'migrate' || role === 'shell' ? undefined : WORK[role]
      const longest = longestWork(odoo)
      if (!odoo.lasting || work === undefined || longest === undefined) continue
      const sleep = preStopSeconds(container)
      const grace = numberOf(workload.pod.terminationGracePeriodSeconds) ?? DEFAULT
      if (grace >= Math.min(sleep + longest.seconds, LONGEST)) continue
      const after = sleep === 0 ? '' : ` after ${sleep} s of waiting`
      yield {
        source: workload.source,
        at: [...workload.podAt, 'spec', 'terminationGracePeriodSeconds'],
        message: `${kindWords(workload.kind)} "${workload.name}" is killed ${grace} s after it is told to stop, and ${work} in container "${container.name}" may take ${longest.seconds} s${after}, so every rollout and drain cuts some of them in half`,
        evidence: settingEvidence(odoo, longest.option),
      }
    }
  },
})
