import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings } from '../src/spec/settings.ts'
import { priorityClass } from './names.ts'
import { onOwnNodes } from './nodes.ts'
import { podSecurity } from './pod-security.ts'
import { withRegistryCredentials } from './registry.ts'

/**
 * The pod of a script that tries something in the image of the release and ends. It waits for room: whatever it tries, people
 * come first.
 *
 * @param speaksWithApi whether it gets a token of its account
 */
export function scriptPod(settings: Settings, account: string, speaksWithApi: boolean): Omit<IPodSpec, 'containers'> {
  return {
    restartPolicy: 'Never',
    serviceAccountName: account,
    automountServiceAccountToken: speaksWithApi,
    enableServiceLinks: false,
    priorityClassName: priorityClass({ tier: 'bronze' }),
    ...onOwnNodes(settings),
    ...withRegistryCredentials(settings),
    securityContext: podSecurity(ODOO.user[settings.release.odoo]),
  }
}
