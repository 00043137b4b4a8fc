import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { Place } from './evidence.ts'
import { odooOf } from './odoo.ts'
import { containerPlace } from './odoo-setting.ts'

/** A connection inside the platform that is not encrypted, or of which nobody checks who answers. */
export interface PlainHop {
  readonly kind: 'database' | 'sessions' | 'object-store' | 'proxy'
  /** What it leads to: a host, a URL without its password, a Service. */
  readonly to: string
  /** `prefer`, `http`. */
  readonly how: string
  readonly place: Place
}

const VERIFIED = ['verify-ca', 'verify-full']
const OBJECT_STORES = /^(AWS_HOST|AWS_ENDPOINT_URL(_S3)?|S3_ENDPOINT(_URL)?|MINIO_ENDPOINT)$/
const SESSION_URLS = ['ODOO_SESSION_REDIS_URL', 'REDIS_SESSION_URL', 'REDIS_URL']

/** Every plain connection that the manifests show, in their order: of Odoo first, then of backups, then behind routes. */
export function plainHops(index: Index): readonly PlainHop[] {
  const hops: PlainHop[] = []
  for (const odoo of odooOf(index)) {
    const { config, environment } = odoo
    const own = containerPlace(odoo)
    const mode = config.text('db_sslmode')
    if (mode !== undefined && !VERIFIED.includes(mode)) {
      const place = config.setting('db_sslmode')?.place ?? config.file?.place ?? own
      hops.push({ kind: 'database', to: config.text('db_host') ?? '', how: mode, place })
    }
    for (const { name, value = '', place } of environment.variables) {
      if (SESSION_URLS.includes(name) && value.startsWith('redis://')) {
        hops.push({ kind: 'sessions', to: withoutPassword(value), how: 'redis', place })
      }
      if (OBJECT_STORES.test(name) && value.startsWith('http://')) {
        hops.push({ kind: 'object-store', to: value, how: 'http', place })
      }
    }
    const host = environment.get('ODOO_SESSION_REDIS_HOST')
    const ssl = environment.get('ODOO_SESSION_REDIS_SSL')
    if (
      host?.value !== undefined &&
      ssl !== undefined &&
      ['0', 'false', 'no', 'off'].includes(ssl.value?.toLowerCase() ?? '')
    ) {
      hops.push({ kind: 'sessions', to: host.value, how: 'redis', place: ssl.place })
    }
  }
  for (const source of index.ofKind('ObjectStore', 'barmancloud.cnpg.io')) {
    const url = textOf(fieldsOf(fieldsOf(source.manifest.spec).configuration).endpointURL)
    if (url?.startsWith('http://') !== true) continue
    hops.push({
      kind: 'object-store',
      to: url,
      how: 'http',
      place: { source, at: ['spec', 'configuration', 'endpointURL'] },
    })
  }
  for (const odoo of odooOf(index)) {
    for (const { route } of odoo.routes) {
      for (const { at, service } of route.backends) {
        if (schemeAt(route.source.manifest.spec, at) === 'https') continue
        hops.push({ kind: 'proxy', to: service, how: 'http', place: { source: route.source, at } })
      }
    }
  }
  return hops.filter((hop, nth) => hops.findIndex(other => isSame(other, hop)) === nth)
}

function isSame(a: PlainHop, b: PlainHop): boolean {
  return (
    a.kind === b.kind && a.to === b.to && a.place.source === b.place.source && a.place.at.join() === b.place.at.join()
  )
}

function schemeAt(spec: unknown, at: readonly (string | number)[]): string {
  const [, list, nth, services, place] = at
  if (services !== 'services') return 'http'
  const route = fieldsOf(listOf(fieldsOf(spec)[list ?? ''])[Number(nth)])
  return textOf(fieldsOf(listOf(route.services)[Number(place)]).scheme) ?? 'http'
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}
