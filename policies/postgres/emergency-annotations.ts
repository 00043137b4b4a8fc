import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'

/**
 * Annotations that a person sets for an hour, with the value that does harm if it is not any, and what they stop.
 * CloudNativePG 1.30, "Labels and annotations", read August 2026.
 */
const TEMPORARY: Readonly<Record<string, { readonly value?: string; readonly stops: string }>> = {
  'cnpg.io/fencedInstances': { stops: 'the servers that it names stand still' },
  'cnpg.io/hibernation': { value: 'on', stops: 'the database is shut down' },
  'cnpg.io/podPatch': { stops: 'the pods are not those that the operator tests' },
  'cnpg.io/reconciliationLoop': { value: 'disabled', stops: 'nobody fails over' },
  'cnpg.io/skipEmptyWalArchiveCheck': {
    value: 'enabled',
    stops: 'a new cluster may overwrite the archive of an old one',
  },
  'cnpg.io/skipWalArchiving': { value: 'enabled', stops: 'no log is archived, and a restore ends where it was set' },
  'cnpg.io/validation': { value: 'disabled', stops: 'mistakes reach the running database' },
}

export default definePolicy({
  title: 'nothing that was meant for an emergency stays in Git',
  fix: 'remove the annotation; while an incident lasts, waive this with a date',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { source, name } of postgresClustersOf(index)) {
      for (const [key, given] of Object.entries(source.manifest.metadata.annotations ?? {})) {
        const temporary = Object.hasOwn(TEMPORARY, key) ? TEMPORARY[key] : undefined
        if (temporary === undefined || (temporary.value !== undefined && temporary.value !== given)) continue
        yield {
          source,
          at: ['metadata', 'annotations', key],
          message: `cluster "${name}" has annotation "${key}" for good, so ${temporary.stops}`,
        }
      }
    }
  },
})
