import { sessionStoresOf } from '../../src/analysis/session-store.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'a full store of sessions lets people in',
  fix: 'set maxmemory-policy volatile-ttl',
  severity: { lite: 'info', standard: 'warning', strict: 'warning' },
  *check(index) {
    for (const { source, at, directives, open } of sessionStoresOf(index)) {
      const policy = directives.get('maxmemory-policy')
      if (policy === undefined ? open : policy.value !== 'noeviction') continue
      yield {
        ...(policy?.place ?? { source, at }),
        message: `"${source.manifest.metadata.name}" refuses new sessions when it is full (noeviction), so nobody can log in until old ones end`,
      }
    }
  },
})
