import { append } from '../manifest/group-by.ts'
import { parseImage } from '../manifest/image.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { parseQuantity, quantityNumber } from '../manifest/quantity.ts'
import { fieldsOf, isFields, listOf, numberOf, textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import { environmentOf, expanded } from './container-environment.ts'
import type { PodEndpoint } from './endpoint.ts'
import type { Place } from './evidence.ts'
import { waysInto } from './http-route.ts'
import { mountedFile, mountsOf } from './mounted-file.ts'
import { type Odoo, odooOf } from './odoo.ts'
import { perIndex } from './per-index.ts'
import { replicaBounds } from './replica-bounds.ts'
import type { ServiceTarget } from './service-target.ts'
import { storeOf } from './stored-text.ts'

/** A setting of Redis or Valkey, and where it is written. */
export interface Directive {
  readonly value: string
  readonly place: Place
}

/** Servers of Redis or Valkey that Odoo keeps its sessions in. */
export interface SessionStore {
  /** The workload, or the resource that an operator makes the servers from. */
  readonly source: Source
  readonly pods: PodEndpoint
  /** Where its limits, and a directive that is missing, belong. */
  readonly at: FieldPath
  readonly directives: ReadonlyMap<string, Directive>
  /** Whether part of the configuration is not among the manifests, so that a directive may be there that is not seen. */
  readonly open: boolean
  /** Bytes; `undefined` without a limit. */
  readonly memoryLimit: number | undefined
  /** Whether it asks for a password; `undefined` when nobody can tell. */
  readonly password: boolean | undefined
  readonly servers: number
  readonly clients: readonly SessionClient[]
}

/** A container of Odoo and the variable by which it finds its sessions. */
export interface SessionClient {
  readonly odoo: Odoo
  readonly place: Place
  readonly service: ServiceTarget
  /** Whether it asks sentinels which server takes writes. */
  readonly sentinel: boolean
}

const SENTINEL = 'ODOO_SESSION_REDIS_SENTINEL_HOST'
/** Variables that name the host of a server: of the modules session_redis (camptocamp) and redis_session (mangono). */
const HOSTS = [
  'ODOO_SESSION_REDIS_HOST',
  'ODOO_SESSION_REDIS_URL',
  'REDIS_SESSION_HOST',
  'REDIS_SESSION_URL',
  SENTINEL,
] as const

/** Every store of sessions that Odoo is pointed to and whose servers are among the manifests. */
export const sessionStoresOf = perIndex((index): readonly SessionStore[] => {
  const clients = new Map<PodEndpoint, SessionClient[]>()
  for (const odoo of odooOf(index)) {
    for (const name of HOSTS) {
      const variable = odoo.environment.get(name)
      const service =
        variable?.value === undefined ? undefined : serviceAt(index, hostIn(variable.value), odoo.workload.namespace)
      if (variable === undefined || service === undefined) continue
      const sentinel = name === SENTINEL
      for (const pods of sentinel ? watchedBy(index, service) : podsBehind(service)) {
        const client = { odoo, place: variable.place, service, sentinel }
        append(clients, pods, client)
      }
    }
  }
  return [...clients].flatMap(([pods, found]) => {
    const store = ofWorkload(index, pods) ?? ofOperator(index, pods)
    return store === undefined ? [] : [{ ...store, pods, clients: found }]
  })
})

function podsBehind({ ports }: ServiceTarget): ReadonlySet<PodEndpoint> {
  return new Set(ports.flatMap(({ backends }) => backends.map(({ pods }) => pods)))
}

/** The servers that the sentinels behind a Service watch, where an operator runs both. */
function watchedBy(index: Index, { source, namespace }: ServiceTarget): ReadonlySet<PodEndpoint> {
  const { redisReplicationName } = fieldsOf(fieldsOf(source.manifest.spec).redisSentinelConfig)
  const name = textOf(redisReplicationName)
  const service = name === undefined ? undefined : waysInto(index).services.get(`${namespace}/${name}`)
  return service === undefined ? new Set() : podsBehind(service)
}

/** `sessions.data.svc`, `rediss://:secret@sessions:6379/0`. */
function hostIn(text: string): string {
  return text
    .replace(/^[a-z]+:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[:/?].*$/s, '')
}

function serviceAt(index: Index, host: string, from: string): ServiceTarget | undefined {
  const [name = '', namespace = from] = host.split('.')
  return waysInto(index).services.get(`${namespace}/${name}`)
}

type Server = Omit<SessionStore, 'pods' | 'clients'>

function ofWorkload(index: Index, { source }: PodEndpoint): Server | undefined {
  const workload = index.workloads.find(one => one.source === source)
  const container = workload?.containers.find(
    ({ role, fields }) => role === 'main' && isServer(textOf(fields.image) ?? ''),
  )
  if (workload === undefined || container === undefined) return undefined
  const environment = environmentOf(index, workload, container)
  const { directives, open } = configurationOf(index, workload, container)
  const asked = directives.has('requirepass') || directives.has('aclfile') || directives.has('user')
  const byVariable = ['REDIS_PASSWORD', 'REDIS_PASSWORD_FILE', 'VALKEY_PASSWORD', 'VALKEY_PASSWORD_FILE'].some(
    name => environment.get(name) !== undefined,
  )
  return {
    source,
    at: container.at,
    directives,
    open: open || environment.open,
    memoryLimit: bytes(fieldsOf(fieldsOf(container.fields.resources).limits).memory),
    password: asked || byVariable ? true : open || environment.open ? undefined : false,
    servers: replicaBounds(index, workload).most,
  }
}

function isServer(image: string): boolean {
  const { repository } = parseImage(image)
  return /(^|\/)(redis|valkey|redis-stack-server|keydb|dragonfly)$/.test(repository)
}

/** Directives of the arguments (`--maxmemory 100mb`) and of the file that is named first; the arguments win. */
function configurationOf(index: Index, workload: Workload, container: Container) {
  const environment = environmentOf(index, workload, container)
  const directives = new Map<string, Directive>()
  const words = (['command', 'args'] as const).flatMap(field =>
    listOf(container.fields[field]).map((entry, nth) => ({
      text: expanded(String(entry), environment),
      place: { source: workload.source, at: [...container.at, field, nth] },
    })),
  )
  const path = words.find(({ text }) => /\.conf$/.test(text))?.text
  const file = path === undefined ? undefined : mountedFile(index, workload, mountsOf(workload, container), path)
  if (file?.text !== undefined) readLines(file.text, file.place, directives)
  const script = words.some(({ text }) => /\s/.test(text))
  for (const [nth, { text, place }] of words.entries()) {
    const [, name] = /^--([a-z][\w-]*)$/.exec(text) ?? []
    if (name === undefined) continue
    const rest = words.slice(nth + 1)
    const end = rest.findIndex(word => word.text.startsWith('--'))
    const values = (end === -1 ? rest : rest.slice(0, end)).map(word => word.text)
    directives.set(name, { value: values.join(' '), place })
  }
  // A shell may pass on anything, and a file may lie in the image.
  const open = script || (path !== undefined && file?.text === undefined)
  return { directives, open }
}

function readLines(text: string, place: Place, directives: Map<string, Directive>): void {
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^\s*([a-z][\w-]*)\s+(.*?)\s*$/i.exec(line) ?? []
    if (name !== undefined) directives.set(name.toLowerCase(), { value: value.replace(/^"(.*)"$/, '$1'), place })
  }
}

/** Servers of the Redis operator of OT-CONTAINER-KIT, v1beta2. */
function ofOperator(index: Index, { source }: PodEndpoint): Server | undefined {
  const { kind, spec } = source.manifest
  if (kind !== 'RedisReplication' && kind !== 'Redis') return undefined
  const { kubernetesConfig, redisConfig, clusterSize } = fieldsOf(spec)
  const { resources, redisSecret } = fieldsOf(kubernetesConfig)
  const { additionalRedisConfig, maxMemoryPercentOfLimit } = fieldsOf(redisConfig)
  const name = textOf(additionalRedisConfig)
  const store = name === undefined ? undefined : storeOf(index, 'ConfigMap', name, namespaceOf(source))
  const directives = new Map<string, Directive>()
  for (const { text, place } of store?.texts.values() ?? []) if (text !== undefined) readLines(text, place, directives)
  const memoryLimit = bytes(fieldsOf(fieldsOf(resources).limits).memory)
  const percent = numberOf(maxMemoryPercentOfLimit)
  if (percent !== undefined && percent > 0 && memoryLimit !== undefined && !directives.has('maxmemory')) {
    const place = { source, at: ['spec', 'redisConfig', 'maxMemoryPercentOfLimit'] }
    directives.set('maxmemory', { value: String(Math.floor((memoryLimit * percent) / 100)), place })
  }
  return {
    source,
    at: ['spec', 'kubernetesConfig'],
    directives,
    open: name !== undefined && store === undefined,
    memoryLimit,
    password: isFields(redisSecret) || directives.has('requirepass'),
    servers: kind === 'Redis' ? 1 : (numberOf(clusterSize) ?? 1),
  }
}

function bytes(quantity: unknown): number | undefined {
  const parsed = parseQuantity(quantity)
  return parsed === undefined ? undefined : quantityNumber(parsed)
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1024 ** 2,
  g: 1e9,
  gb: 1024 ** 3,
}

/** Bytes in a size as Redis writes it: `256mb`, `1gb`, `1000000`; `undefined` for anything else. */
export function redisBytes(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+)([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = UNITS[unit.toLowerCase()]
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor
}
