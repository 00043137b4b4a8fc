import type { PodEndpoint } from '../analysis/endpoint.ts'

/** The label that says what pods do in Odoo. */
const ROLE_LABEL = 'waybill.dev/role'

/** What pods are in the platform: their role, else the name of what runs them. */
export function podName({ labels, source }: PodEndpoint): string {
  return labels[ROLE_LABEL] ?? source.manifest.metadata.name
}

/** How the name of a stranger reads: its namespace, and what tells it from others there. */
export function strangerName({ namespace }: PodEndpoint): string {
  return namespace === '*' ? 'any other pod' : namespace
}
