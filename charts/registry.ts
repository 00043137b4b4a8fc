import type { Construct } from 'constructs'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { NAMES, type Zone } from './names.ts'

/** What opens the registry of the Odoo images, in a namespace whose pods run them; nothing where it is open. */
export function addRegistryCredentials(scope: Construct, settings: Settings, zone: Zone) {
  const { registryCredentials } = settings.place
  if (registryCredentials === undefined) return
  addExternalSecret(scope, settings, {
    zone,
    name: NAMES.registry,
    remote: registryCredentials,
    shared: true,
    properties: { dockerconfigjson: 'dockerconfigjson' },
    template: { '.dockerconfigjson': '{{ .dockerconfigjson }}' },
    type: 'kubernetes.io/dockerconfigjson',
    decidedBy: 'release',
  })
}

/** Lets a pod use them. */
export function withRegistryCredentials({ place }: Settings): { imagePullSecrets?: { name: string }[] } {
  return place.registryCredentials === undefined ? {} : { imagePullSecrets: [{ name: NAMES.registry }] }
}
