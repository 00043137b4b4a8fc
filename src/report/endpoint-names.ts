import type { Endpoint, PodEndpoint } from '../analysis/endpoint.ts'

/** More names than these are counted. */
const SHOWN = 8

/** Names endpoints as a person would: `erp: Deployment/web, Cluster/db; traefik: any pod (in no manifest); outside`. */
export type EndpointNames = (endpoints: readonly Endpoint[]) => string

/**
 * The sets of pods that an operator makes from one resource (`Cluster/db:primary`, `Cluster/db:replica`) go by the name
 * of the resource where all of them are meant; `pods` is everyone that there is.
 */
export function endpointNames(pods: readonly PodEndpoint[]): EndpointNames {
  const sets = new Map<string, number>()
  for (const { id } of pods) sets.set(resourceOf(id), (sets.get(resourceOf(id)) ?? 0) + 1)
  return endpoints => {
    const named = new Map<string, number>()
    for (const { id } of endpoints) named.set(resourceOf(id), (named.get(resourceOf(id)) ?? 0) + 1)
    const byNamespace = new Map<string, Set<string>>()
    for (const endpoint of endpoints) {
      const { id } = endpoint
      const namespace = endpoint.kind === 'pods' ? endpoint.namespace : ''
      const resource = resourceOf(id)
      const whole = named.get(resource) === sets.get(resource)
      const names = byNamespace.get(namespace) ?? new Set()
      byNamespace.set(namespace, names.add(nameOf(endpoint, whole ? resource : id)))
    }
    let left = SHOWN
    let hidden = 0
    const parts = [...byNamespace].flatMap(([namespace, names]) => {
      const shown = [...names].slice(0, Math.max(0, left))
      left -= shown.length
      hidden += names.size - shown.length
      return shown.length === 0 ? [] : [namespace === '' ? shown.join(', ') : `${namespace}: ${shown.join(', ')}`]
    })
    return `${parts.join('; ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
  }
}

function resourceOf(id: string): string {
  return id.replace(/:[^:/]*$/, '')
}

function nameOf(endpoint: Endpoint, id: string): string {
  if (endpoint.kind === 'range') return id.startsWith('outside') ? id : `outside ${id}`
  if (endpoint.kind === 'unseen') return id
  const kind = id.slice(0, id.indexOf('/'))
  const own = id.slice(kind.length + endpoint.namespace.length + 2)
  if (!endpoint.stranger) return `${kind}/${own}`
  return `${own === '*' ? 'any pod' : own} (in no manifest)`
}
