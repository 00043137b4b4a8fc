import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import { migrationsOf, SYNC_HOOK, SYNC_WAVE, syncStep } from '../../src/analysis/odoo-migration.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Workload } from '../../src/manifest/workload.ts'

export default definePolicy({
  title: 'the migration ends before the pods of the release start',
  fix: 'give the Job an earlier sync wave than every Deployment, whose waves are stated and above zero',
  severity: 'error',
  *check(index) {
    for (const { job, servers } of migrationsOf(index)) {
      const step = syncStep(job.workload.source)
      const workloads = new Map<Workload['source'], Workload>(
        servers.map(({ workload }) => [workload.source, workload]),
      )
      const isArgo = step.stated || [...workloads.keys()].some(source => syncStep(source).stated)
      // Another means of delivery has an order of its own.
      if (!isArgo || step.phases.includes('PreSync')) continue
      if (!step.phases.includes('Sync')) {
        yield {
          source: job.workload.source,
          at: SYNC_HOOK,
          message: `job "${job.workload.name}" migrates in phase ${step.phases.join(' and ')}, after the pods have started, so they serve a schema that is not theirs`,
        }
        continue
      }
      for (const [source, { kind, name }] of workloads) {
        const own = syncStep(source)
        if (own.wave > step.wave) continue
        yield {
          source,
          at: SYNC_WAVE,
          message: `${kindWords(kind)} "${name}" is in wave ${own.wave} and job "${job.workload.name}" migrates in wave ${step.wave}, so pods start on a schema that is not theirs`,
          evidence: [evidenceAt({ source: job.workload.source, at: SYNC_WAVE }, `wave ${step.wave}`)],
        }
      }
    }
  },
})
