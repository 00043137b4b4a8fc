import { evidenceAt } from '../../src/analysis/evidence.ts'
import { installationsOf, type Odoo } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'exactly one pod of an Odoo hands out queued jobs',
  fix: 'set ODOO_QUEUE_JOB_CHANNELS=root:0 everywhere but in the one Deployment of one pod that runs jobs',
  severity: 'error',
  *check(index) {
    for (const members of installationsOf(index)) {
      const servers = members.filter(({ lasting, activity }) => lasting && (activity === 'http' || activity === 'cron'))
      const running = servers.filter(({ runner }) => runner.enabled === true)
      const owner = running.find(({ role }) => role === 'queue') ?? running[0]
      const silenced = servers.find(({ runner }) => runner.setting !== undefined && runner.enabled === false)
      if (owner === undefined && silenced !== undefined && servers.every(({ runner }) => runner.enabled === false)) {
        yield {
          ...placeOf(silenced),
          message: `every server of this Odoo has queued jobs switched off, container "${silenced.container.name}" too, so jobs are stored and never run`,
        }
      }
      for (const odoo of running) {
        const { container, replicas, runner } = odoo
        const why = runner.setting === undefined ? ', because nothing sets ODOO_QUEUE_JOB_CHANNELS there' : ''
        if (owner !== undefined && owner.workload !== odoo.workload) {
          yield {
            ...placeOf(odoo),
            message: `container "${container.name}" hands out queued jobs besides container "${owner.container.name}"${why}, so jobs run twice`,
            evidence: [evidenceAt(placeOf(owner), 'jobs are handed out here')],
          }
        } else if (replicas.most > 1 && (replicas.scaler === undefined || odoo.role !== 'queue')) {
          const pods = Number.isFinite(replicas.most) ? `up to ${replicas.most}` : 'any number of'
          yield {
            ...placeOf(odoo),
            message: `container "${container.name}" hands out queued jobs in ${pods} pods${why}, so jobs run twice`,
          }
        }
      }
    }
  },
})

function placeOf(odoo: Odoo) {
  return odoo.runner.setting?.place ?? containerPlace(odoo)
}
