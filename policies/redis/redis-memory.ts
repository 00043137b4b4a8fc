import { redisBytes, sessionStoresOf } from '../../src/analysis/session-store.ts'
import { definePolicy } from '../../src/lint/policy.ts'

/** Share of the memory limit that may be filled: a fork to write to disk takes part of the rest. */
const SHARE = 0.7

export default definePolicy({
  title: 'the store of sessions stays below its memory limit',
  fix: 'set maxmemory to at most 0.7 of resources.limits.memory',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { source, at, directives, open, memoryLimit } of sessionStoresOf(index)) {
      const { name } = source.manifest.metadata
      const given = directives.get('maxmemory')
      const most = given === undefined ? 0 : redisBytes(given.value)
      // Zero is no bound. What is to be filled in later is not known.
      if (most === 0 && (given !== undefined || !open)) {
        yield {
          ...(given?.place ?? { source, at }),
          message: `"${name}" holds the sessions of Odoo without maxmemory, so it grows until the kernel ends it and everybody is logged out`,
        }
      } else if (
        most !== undefined &&
        given !== undefined &&
        memoryLimit !== undefined &&
        memoryLimit > 0 &&
        most > memoryLimit * SHARE
      ) {
        const percent = Math.round((most / memoryLimit) * 100)
        yield {
          ...given.place,
          message: `"${name}" may fill ${percent} percent of its memory limit, so the kernel ends it when it writes to disk and everybody is logged out`,
        }
      }
    }
  },
})
