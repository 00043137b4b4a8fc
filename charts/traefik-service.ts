import type { Settings } from '../src/spec/settings.ts'
import { namespaceName } from './names.ts'

/**
 * The selector of the metrics that Traefik keeps of requests and answers. Traefik names a service after the IngressRoute
 * and a digest of the rule (`kubernetes_http.go`, makeServiceKey): `acme-production-app-odoo-<20 digits>@kubernetescrd`.
 * Live connections have an IngressRoute of their own, so that the hours for which they last are in no average.
 */
export function requestSelector(settings: Settings): string {
  return `service=~"${namespaceName(settings, 'app')}-odoo(-for-[a-z0-9-]+)?-[0-9a-f]{20}@kubernetescrd"`
}
