import { odooOf } from '../../src/analysis/odoo.ts'
import { PROBES, probeOf } from '../../src/analysis/probe.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'an open socket does not count as ready',
  fix: 'probe with httpGet: /web/health on 8069, or /websocket/health on 8072',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting || (odoo.activity !== 'http' && odoo.activity !== 'websocket')) continue
      for (const name of PROBES) {
        const probe = name === 'livenessProbe' ? undefined : probeOf(odoo.container, name)
        if (probe?.how !== 'tcpSocket') continue
        yield {
          source: odoo.workload.source,
          at: [...probe.at, 'tcpSocket'],
          message: `the ${name} of container "${odoo.container.name}" asks for an open socket, which Odoo has before it has loaded anything, so people are sent to pods that do not answer yet`,
        }
      }
    }
  },
})
