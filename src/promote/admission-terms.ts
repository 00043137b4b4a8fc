import type { Manifest } from '../manifest/manifest.ts'
import { valueAt } from '../manifest/path.ts'
import { fieldsOf, listOf } from '../manifest/value.ts'
import type { Risk } from './operation.ts'
import { high, low, medium } from './risk.ts'
import { rest, say, type Terms, whole } from './term.ts'

/** A policy judges; what becomes of its verdict stands in the bindings. */
export const ADMISSION_POLICY: Terms = {
  spec: rest('access', medium('its bindings refuse or warn of other manifests')),
}

export const ADMISSION_BINDING: Terms = {
  spec: {
    validationActions: whole('access', 'actions', ({ from, to }) => {
      const [denied, denies] = [listOf(from).includes('Deny'), listOf(to).includes('Deny')]
      if (denies && !denied) return high('the cluster refuses what breaks the policy')
      if (denied && !denies) return high('the cluster admits what breaks the policy')
      return low('warns or records differently, and refuses as before')
    }),
    policyName: whole('access', 'policy', high('another policy is obeyed')),
    '': rest('access', medium('other manifests are judged by the policy')),
  },
}

/** `Deny, Audit`. */
export function sayActions(manifest: Manifest): string | undefined {
  return say(valueAt(manifest, ['spec', 'validationActions']))
}

/** Only a binding that denies keeps anything out of the cluster. */
export function bindingRisk(manifest: Manifest, action: 'created' | 'deleted'): Risk {
  const denies = listOf(valueAt(manifest, ['spec', 'validationActions'])).includes('Deny')
  if (action === 'created') {
    return denies ? high('the cluster refuses what breaks the policy') : low('what breaks the policy is only told')
  }
  return denies ? high('the cluster admits what breaks the policy') : low('nobody is told of what breaks the policy')
}

/** A webhook that has to answer stops whatever it selects while it does not; that is so unless it says otherwise. */
export function webhookRisk(manifest: Manifest): Risk {
  const isNeeded = listOf(fieldsOf(manifest).webhooks).some(webhook => fieldsOf(webhook).failurePolicy !== 'Ignore')
  return isNeeded
    ? high('the cluster refuses what it selects, all of it while the webhook is down')
    : medium('the cluster refuses what the webhook objects to')
}
