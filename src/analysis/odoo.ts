import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, numberOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'
import { API_PREFIXES } from './data/odoo-paths.ts'
import { type DatabaseHost, databaseHost } from './database-host.ts'
import { type HttpRoute, waysInto } from './http-route.ts'
import { listeningPorts, type OdooContainer, odooContainer, runsCron } from './odoo-container.ts'
import { perIndex } from './per-index.ts'
import { type ReplicaBounds, replicaBounds } from './replica-bounds.ts'
import type { RouteEntry } from './route-entry.ts'
import type { Backend } from './service-target.ts'

/**
 * What a container is for, told from what it does and from who reaches it, never from its name. `shell` is any command
 * of the program that is no server.
 */
export type OdooRole = 'web' | 'api' | 'websocket' | 'queue' | 'cron' | 'migrate' | 'shell'

/** A container that runs Odoo, in its environment. */
export interface Odoo extends OdooContainer {
  readonly role: OdooRole
  /** Whether it stays up: a container of a Deployment, not one of a Job or an init container. */
  readonly lasting: boolean
  readonly replicas: ReplicaBounds
  /** Where the host of the database leads; `undefined` when it cannot be read. */
  readonly database: DatabaseHost | undefined
  /** The names of its databases; `undefined` when they cannot be read, none when it serves every one it finds. */
  readonly databases: readonly string[] | undefined
  /** Routes that lead to it, each with the ports of its pods that they ask. */
  readonly routes: readonly OdooRoute[]
  /** Ways to it without a proxy: exposed Services, ports of nodes. */
  readonly exposed: readonly RouteEntry[]
  readonly runsCron: boolean | undefined
}

export interface OdooRoute {
  readonly route: HttpRoute
  readonly ports: readonly number[]
}

/** The image, the program or the variables of every container that runs Odoo hold one of these. */
const ODOO_WORDS = ['odoo', 'openerp', 'doodba']

/** Every container that runs Odoo, in the order of the manifests. */
export const odooOf = perIndex((index): readonly Odoo[] => {
  if (!ODOO_WORDS.some(word => index.mentions(word))) return []
  const found = index.workloads.flatMap(workload =>
    workload.containers.flatMap(container => odooContainer(index, workload, container) ?? []),
  )
  // Routes are read only where there is something that they could lead to.
  if (found.length === 0) return []
  const { http, direct } = waysInto(index)
  const ways = { http: byPods(http), direct: byPods(direct) }
  return found.map(container => inEnvironment(index, container, ways))
})

/** Ways by the pods that they lead to. */
function byPods<T extends RouteEntry>(entries: readonly T[]): (id: string) => readonly T[] {
  const found = new Map<string, Set<T>>()
  for (const entry of entries) {
    for (const { backends } of entry.backends) {
      for (const { pods } of backends) {
        const known = found.get(pods.id) ?? new Set()
        found.set(pods.id, known.add(entry))
      }
    }
  }
  return id => [...(found.get(id) ?? [])]
}

interface WaysToPods {
  http(id: string): readonly HttpRoute[]
  direct(id: string): readonly RouteEntry[]
}

function inEnvironment(index: Index, container: OdooContainer, { http, direct }: WaysToPods): Odoo {
  const { workload, config, activity } = container
  const lasting = isLasting(container)
  const id = podsOf(container)
  const portsOf = (entry: RouteEntry): readonly number[] =>
    lasting
      ? entry.backends.flatMap(({ backends }) =>
          backends.flatMap(backend => (leadsTo(backend, container) ? [backend.port] : [])),
        )
      : []
  const routes = http(id).flatMap(route => {
    const ports = portsOf(route)
    return ports.length === 0 ? [] : [{ route, ports }]
  })
  const host = config.text('db_host')
  const names = config.text('db_name')
  return {
    ...container,
    role: activity === 'http' ? httpRole(container, routes) : activity,
    lasting,
    replicas: replicaBounds(index, workload),
    database: host === undefined ? undefined : databaseHost(index, host, workload.namespace),
    databases: names?.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()])),
    routes,
    exposed: direct(id).filter(entry => portsOf(entry).length > 0),
    runsCron: runsCron(container),
  }
}

const LASTING = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Pod']

function isLasting({ workload, container }: OdooContainer): boolean {
  return LASTING.includes(workload.kind) && container.role !== 'init'
}

/** The id of the pods that it runs in. */
function podsOf({ workload: { kind, namespace, name } }: OdooContainer): string {
  return `${kind}/${namespace}/${name}`
}

/** Whether requests to this port of the pod go to the container, and not to another one beside it. */
function leadsTo({ pods, port }: Backend, odoo: OdooContainer): boolean {
  const { workload, container } = odoo
  if (pods.id !== podsOf(odoo)) return false
  const others = workload.containers.filter(other => other !== container && declares(other.fields, port))
  if (others.length > 0) return false
  return declares(container.fields, port) || listeningPorts(odoo).includes(port) || isAlone(workload)
}

function declares(fields: Readonly<Record<string, unknown>>, port: number): boolean {
  return listOf(fields.ports).some(entry => numberOf(fieldsOf(entry).containerPort) === port)
}

function isAlone({ containers }: Workload): boolean {
  return containers.filter(({ role }) => role === 'main' || role === 'sidecar').length === 1
}

function httpRole({ runner }: OdooContainer, routes: readonly OdooRoute[]): OdooRole {
  // Who runs jobs and is sent nobody from outside is there for the jobs.
  if (runner.enabled === true && runner.setting !== undefined && routes.length === 0) return 'queue'
  const isForMachines =
    routes.length > 0 &&
    routes.every(
      ({ route: { paths } }) =>
        paths.length > 0 &&
        paths.every(({ value, negated }) => !negated && API_PREFIXES.some(prefix => value.startsWith(prefix))),
    )
  return isForMachines ? 'api' : 'web'
}

/** Containers of one Odoo: they share a configuration, a filestore or a database. */
export const installationsOf = perIndex((index): readonly (readonly Odoo[])[] => {
  const groups: { readonly members: Odoo[]; readonly keys: Set<string> }[] = []
  for (const odoo of odooOf(index)) {
    const keys = new Set(bondsOf(odoo))
    const joined = groups.filter(group => [...keys].some(key => group.keys.has(key)))
    const [first, ...others] = joined
    if (first === undefined) groups.push({ members: [odoo], keys })
    else {
      for (const key of keys) first.keys.add(key)
      first.members.push(odoo)
      for (const other of others) {
        first.members.push(...other.members)
        for (const key of other.keys) first.keys.add(key)
        groups.splice(groups.indexOf(other), 1)
      }
    }
  }
  return groups.map(({ members }) => members)
})

/** What ties a container to others: each text is the same for both. */
function bondsOf({ workload, container, config, mounts, database, databases }: Odoo): readonly string[] {
  const { namespace } = workload
  const claims = mounts.flatMap(({ volume }) => {
    const { claimName } = fieldsOf(volume?.persistentVolumeClaim)
    return typeof claimName === 'string' ? [`claim ${namespace}/${claimName}`] : []
  })
  const file =
    config.file === undefined
      ? []
      : [
          `file ${config.file.place.source.manifest.kind} ${config.file.place.source.manifest.metadata.name} ${namespace}`,
        ]
  const isOfOurs = config.file !== undefined && config.file.place.source !== workload.source
  const named = (databases ?? []).map(name => `database ${database?.servers ?? namespace}/${name}`)
  return [
    `workload ${workload.kind}/${namespace}/${workload.name}/${container.at[0]}`,
    ...claims,
    ...(isOfOurs ? file : []),
    ...named,
  ]
}
