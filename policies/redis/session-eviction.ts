import { sessionStoresOf } from '../../src/analysis/session-store.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'a full store of sessions throws out nobody who is at work',
  fix: 'set maxmemory-policy volatile-ttl',
  severity: 'error',
  *check(index) {
    for (const { source, directives } of sessionStoresOf(index)) {
      const policy = directives.get('maxmemory-policy')
      if (policy === undefined || !policy.value.startsWith('allkeys-')) continue
      yield {
        ...policy.place,
        message: `"${source.manifest.metadata.name}" throws out any session when it is full (${policy.value}), so people are logged out in the middle of their work`,
      }
    }
  },
})
