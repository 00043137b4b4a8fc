import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { settingEvidence, settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'headers of a proxy are believed where there is one, and only there',
  fix: 'set proxy_mode = True behind routes, and let nobody reach the pods past them',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting || (odoo.activity !== 'http' && odoo.activity !== 'websocket')) continue
      const believes = odoo.config.flag('proxy_mode')
      const [routed] = odoo.routes
      if (believes === false && routed !== undefined) {
        const place = settingPlace(odoo, 'proxy_mode')
        yield {
          ...place,
          message: `${subjectAt(odoo, place)} leaves proxy_mode off behind a proxy, so links and redirects go to http, every client has the address of the proxy and live connections are refused`,
          evidence: [evidenceAt(routed.route, 'this route leads here')],
        }
      }
      if (believes !== true) continue
      for (const entry of odoo.exposed) {
        const { source, at } = entry
        yield {
          source,
          at,
          message: `${kindWords(source.manifest.kind)} "${source.manifest.metadata.name}" leads past the proxy to container "${odoo.container.name}", which has proxy_mode on, so anybody can pretend to be another host or address`,
          evidence: settingEvidence(odoo, 'proxy_mode'),
        }
      }
    }
  },
})
