import type { Index } from '../manifest/manifest-index.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { Place } from './evidence.ts'
import type { HttpRoute } from './http-route.ts'

/** For how long a proxy waits for an answer. */
export interface RouteTimeout {
  /** 0 is for ever. */
  readonly seconds: number
  readonly place: Place
}

const NGINX_READ = 'nginx.ingress.kubernetes.io/proxy-read-timeout'

/** Seconds for which ingress-nginx waits if nothing is said: its documentation, "Timeouts", read August 2026. */
const NGINX_DEFAULT = 60

/** `undefined` when the manifests do not tell; Traefik waits for ever unless a ServersTransport says otherwise. */
export function answerTimeout(index: Index, route: HttpRoute): RouteTimeout | undefined {
  const { source, at, kind } = route
  const { metadata, spec } = source.manifest
  if (kind === 'Ingress') {
    if (!isNginx(index, route)) return undefined
    const said = metadata.annotations?.[NGINX_READ]
    const seconds = said === undefined ? NGINX_DEFAULT : Number(said)
    if (!Number.isFinite(seconds)) return undefined
    return { seconds, place: { source, at: ['metadata', 'annotations', NGINX_READ] } }
  }
  const [, list, nth] = at
  const rule = fieldsOf(listOf(fieldsOf(spec)[list ?? ''])[Number(nth)])
  if (kind === 'HTTPRoute') {
    const { request, backendRequest } = fieldsOf(rule.timeouts)
    const seconds = secondsOf(backendRequest ?? request)
    return seconds === undefined ? undefined : { seconds, place: { source, at: [...at, 'timeouts'] } }
  }
  for (const service of listOf(rule.services).map(fieldsOf)) {
    const name = textOf(service.serversTransport)
    const transport =
      name === undefined
        ? undefined
        : index.find('ServersTransport', name, textOf(service.namespace) ?? namespaceOf(source))
    const { responseHeaderTimeout } = fieldsOf(fieldsOf(transport?.manifest.spec).forwardingTimeouts)
    const seconds = secondsOf(responseHeaderTimeout)
    if (transport !== undefined && seconds !== undefined) {
      const place = { source: transport, at: ['spec', 'forwardingTimeouts', 'responseHeaderTimeout'] }
      return { seconds, place }
    }
  }
  return undefined
}

/** Whether ingress-nginx reads an Ingress: its class says so, or it has annotations that only this controller knows. */
function isNginx(index: Index, { source }: HttpRoute): boolean {
  const { annotations = {} } = source.manifest.metadata
  const name = textOf(fieldsOf(source.manifest.spec).ingressClassName) ?? annotations['kubernetes.io/ingress.class']
  const controller =
    name === undefined ? undefined : fieldsOf(index.find('IngressClass', name)?.manifest.spec).controller
  if (controller !== undefined) return controller === 'k8s.io/ingress-nginx'
  return name === 'nginx' || Object.keys(annotations).some(key => key.startsWith('nginx.ingress.kubernetes.io/'))
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1, ms: 0.001 }

/** `90s`, `1m30s`, `500ms`; a number is seconds, as Traefik reads it. */
function secondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)]
  if (parts.length === 0 || parts.map(([text]) => text).join('') !== value) return undefined
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0)
}
