import { migrationsOf } from '../../src/analysis/odoo-migration.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, numberOf } from '../../src/manifest/value.ts'

/** What Kubernetes assumes of a Job that says nothing. */
const DEFAULTS = { backoffLimit: 6, parallelism: 1, completions: 1 } as const
/** Tries after the first one: more only repeat what went half-way. */
const TRIES = 1

const DELETE = 'argocd.argoproj.io/hook-delete-policy'

export default definePolicy({
  title: 'a migration runs once, and not for ever',
  fix: 'set backoffLimit: 0, parallelism: 1, completions: 1, restartPolicy: Never and activeDeadlineSeconds',
  severity: 'error',
  *check(index) {
    for (const { job } of migrationsOf(index)) {
      const { source, name, pod, podAt } = job.workload
      const spec = fieldsOf(source.manifest.spec)
      const say = (at: readonly (string | number)[], fact: string) => ({
        source,
        at,
        message: `job "${name}" ${fact}`,
      })
      const tries = numberOf(spec.backoffLimit) ?? DEFAULTS.backoffLimit
      if (tries > TRIES) {
        yield say(
          ['spec', 'backoffLimit'],
          `tries ${tries} times again after it failed, so a migration that broke off goes on from a schema that nobody expects`,
        )
      }
      if (pod.restartPolicy !== 'Never') {
        yield say(
          [...podAt, 'spec', 'restartPolicy'],
          'starts its container again in the same pod, so a migration that broke off repeats without anybody knowing, and its log is gone',
        )
      }
      for (const field of ['parallelism', 'completions'] as const) {
        const count = numberOf(spec[field]) ?? DEFAULTS[field]
        if (count > 1)
          yield say(['spec', field], `runs ${count} times (${field}), so several migrations change one schema`)
      }
      if (numberOf(spec.activeDeadlineSeconds) === undefined) {
        yield say(
          ['spec', 'activeDeadlineSeconds'],
          'has no deadline, so a migration that waits for a lock keeps the release, and the lock, for ever',
        )
      }
      const policy = source.manifest.metadata.annotations?.[DELETE]
      if (policy !== undefined && !policy.includes('BeforeHookCreation')) {
        yield say(
          ['metadata', 'annotations', DELETE],
          `is kept when it fails (${policy}), so the next release cannot make it again under the same name`,
        )
      }
    }
  },
})
