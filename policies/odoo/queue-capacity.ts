import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace, settingEvidence } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

/** Where a runner sends jobs to its own pod. */
const HERE = ['', 'localhost', '127.0.0.1', '::1']

export default definePolicy({
  title: 'there is a worker for every job, and one more',
  fix: 'set workers to the capacity of root plus one, and no channel above root',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      const { runner, config, container, environment } = odoo
      const root = runner.channels.find(({ name }) => name === 'root')
      if (!odoo.lasting || root === undefined) continue
      const place = runner.setting?.place ?? containerPlace(odoo)
      for (const { name, capacity } of runner.channels) {
        if (capacity <= root.capacity) continue
        yield {
          ...place,
          message: `channel "${name}" of container "${container.name}" may run ${capacity} jobs and root only ${root.capacity}, so the rest of it never runs`,
        }
      }
      const workers = config.integer('workers')
      const host = environment.get('ODOO_QUEUE_JOB_HOST')
      const isHere = HERE.includes(host === undefined ? '' : (host.value ?? 'elsewhere'))
      // Threads are not counted, and jobs that go to another host take no worker here.
      if (!isHere || workers === undefined || workers <= 0 || root.capacity < workers) continue
      yield {
        ...place,
        message: `container "${container.name}" runs ${root.capacity} jobs at once with ${workers} workers, so jobs take every worker, time out and are tried again for ever`,
        evidence: settingEvidence(odoo, 'workers'),
      }
    }
  },
})
