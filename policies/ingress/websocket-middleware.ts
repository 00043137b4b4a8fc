import { WEBSOCKET } from '../../src/analysis/data/odoo-paths.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { answerers, odooHosts } from '../../src/analysis/odoo-host.ts'
import { definePolicy } from '../../src/lint/policy.ts'

const HARM: Readonly<Record<string, string>> = {
  buffering: 'waits for an end that never comes',
  compress: 'packs what is no answer',
  errors: 'waits for a status that never comes',
  forwardAuth: 'sends programs to a login page',
  plugin: 'looks at requests and answers',
  retry: 'keeps the request to send it again',
}

export default definePolicy({
  title: 'nothing holds live connections back to look at them',
  fix: 'give the rule for /websocket no buffering, compress, errors, forwardAuth, retry or plugin',
  severity: 'error',
  *check(index) {
    const told = new Set<string>()
    for (const { answering } of odooHosts(index)) {
      for (const path of [WEBSOCKET.path, WEBSOCKET.before]) {
        for (const { route } of answering(path)) {
          const isLive = answerers(index, route).some(({ odoo, port }) => port === odoo.config.integer('gevent_port'))
          for (const { kind = '', name, place, source } of isLive ? route.middlewares : []) {
            const harm = HARM[kind]
            const key = `${place.source.file}\n${place.at.join()}\n${name}`
            if (harm === undefined || told.has(key)) continue
            told.add(key)
            yield {
              ...place,
              message: `middleware "${name}" of the rule for live connections ${harm} (${kind}), so they fail or break off`,
              evidence:
                source === undefined ? [] : [evidenceAt({ source, at: ['spec', kind] }, `middleware "${name}"`)],
            }
          }
        }
      }
    }
  },
})
