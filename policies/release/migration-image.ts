import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import type { Odoo } from '../../src/analysis/odoo.ts'
import { migrationsOf } from '../../src/analysis/odoo-migration.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { sayImage } from '../../src/manifest/image.ts'
import { textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'the migration and the pods run the same image',
  fix: 'set the image of the Job and of every Deployment to the same digest, in one commit',
  severity: 'error',
  *check(index) {
    for (const { job, servers } of migrationsOf(index)) {
      const image = imageOf(job)
      const other = servers.find(server => imageOf(server) !== image)
      if (other === undefined) continue
      yield {
        source: job.workload.source,
        at: [...job.container.at, 'image'],
        message: `job "${job.workload.name}" migrates with "${sayImage(image)}" and ${kindWords(other.workload.kind)} "${other.workload.name}" runs "${sayImage(imageOf(other))}", so the schema is for other code than the one that runs`,
        evidence: [
          evidenceAt({ source: other.workload.source, at: [...other.container.at, 'image'] }, 'another image'),
        ],
      }
    }
  },
})

function imageOf({ container }: Odoo): string {
  return textOf(container.fields.image) ?? ''
}
