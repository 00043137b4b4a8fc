import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import { migrationsOf, syncStep } from '../../src/analysis/odoo-migration.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { listOf, textOf } from '../../src/manifest/value.ts'
import type { Container, Workload } from '../../src/manifest/workload.ts'

export default definePolicy({
  title: 'pods wait for the schema of their release',
  fix: 'add an init container that asks the database which release it is at, and waits for its own',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    for (const { job, servers } of migrationsOf(index)) {
      const isHelm = job.workload.source.manifest.metadata.annotations?.['helm.sh/hook'] !== undefined
      // Helm itself waits for its hooks, where nobody else applies them.
      if (isHelm && !syncStep(job.workload.source).stated) continue
      const workloads = new Map<Workload['source'], Workload>(
        servers.map(({ workload }) => [workload.source, workload]),
      )
      for (const [source, { kind, name, podAt, containers }] of workloads) {
        if (containers.some(mayAsk)) continue
        yield {
          source,
          at: [...podAt, 'spec', 'initContainers'],
          message: `${kindWords(kind)} "${name}" starts whether or not job "${job.workload.name}" has ended, so after a rollback or a hook that was skipped it serves a schema that is not its own`,
          evidence: [evidenceAt({ source: job.workload.source, at: ['metadata', 'name'] }, 'the migration')],
        }
      }
    }
  },
})

/** Commands that only see whether somebody listens. */
const KNOCKS = /\b(pg_isready|nc|wait-for|wait-for-it|dockerize)\b/
/** Commands that can read a table. */
const ASKS = /\b(psql|python3?|odoo|click-odoo)\b/

/** Whether an init container may ask the database for its release; what an image does by itself nobody knows. */
function mayAsk({ role, fields }: Container): boolean {
  if (role !== 'init') return false
  const words = [...listOf(fields.command), ...listOf(fields.args)].map(String).join(' ')
  if (ASKS.test(words)) return true
  return (
    !KNOCKS.test(`${words} ${textOf(fields.image) ?? ''}`) &&
    !/\b(chown|chmod|mkdir|cp|busybox)\b/.test(`${words} ${textOf(fields.image) ?? ''}`)
  )
}
