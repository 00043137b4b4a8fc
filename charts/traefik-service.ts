import type { Settings } from '../src/spec/settings.ts'
import { namespaceName } from './names.ts'

/** By who answers: the part of a service's name between the first one and the digest of the rule. */
const ROUTES = {
  web: 'odoo(-for-[a-z0-9-]+)?',
  api: 'odoo-api',
  all: 'odoo(-api|-for-[a-z0-9-]+)?',
} as const

/**
 * The selector of the metrics that Traefik keeps of requests and answers. Traefik names a service after the IngressRoute
 * and a digest of the rule (`kubernetes_http.go`, makeServiceKey): `acme-production-app-odoo-<20 digits>@kubernetescrd`.
 * Live connections have an IngressRoute of their own, so that the hours for which they last are in no average.
 */
export function requestSelector(settings: Settings, who: keyof typeof ROUTES): string {
  return `service=~"${namespaceName(settings, 'app')}-${ROUTES[who]}-[0-9a-f]{20}@kubernetescrd"`
}
