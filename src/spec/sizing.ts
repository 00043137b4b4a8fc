import { ODOO, type OdooSeries } from './facts/odoo.ts'
import { POSTGRES } from './facts/postgres.ts'

/** Requests that machines send at peak, and the seconds within which 95 % of them are answered. */
export interface MachineLoad {
  readonly rps: number
  readonly seconds: number
}

/** Odoo workers for a crowd: one for six people (Odoo, deploy.rst), and for machines rps × seconds (Little's law). */
export function workersFor(users: number, machines: readonly MachineLoad[]): number {
  const people = Math.ceil(users / ODOO.usersPerWorker)
  return Math.max(
    1,
    machines.reduce((total, { rps, seconds }) => total + Math.ceil(rps * seconds), people),
  )
}

const FEWEST_WORKERS = 2
const MOST_WORKERS = 6

/** Workers in one pod: small pods, so that all but one of the tier's least number can carry the load. */
export function workersPerPod(workers: number, leastPods: number): number {
  const share = Math.ceil(workers / Math.max(1, leastPods - 1))
  return Math.min(MOST_WORKERS, Math.max(FEWEST_WORKERS, share))
}

/** Pods that carry the load with one of them gone, and never fewer than the tier promises. A tier of one has no spare. */
export function podsFor(workers: number, perPod: number, leastPods: number): number {
  const spare = leastPods > 1 ? 1 : 0
  return Math.max(leastPods, Math.ceil(workers / perPod) + spare)
}

/** Millicores that a web pod asks for: (workers − 1) / 2 cores, between half a core and two. No limit is set. */
export function webCpu(workers: number): number {
  return Math.min(2_000, Math.max(500, ((workers - 1) / ODOO.workersPerCore) * 1_000))
}

/** MiB that a pod of so many Odoo processes asks for: 400 + 325 each. */
export function memoryRequest(processes: number): number {
  return ODOO.baseMemory + processes * ODOO.workerMemory
}

/** MiB that it may reach: every process at three quarters of the soft limit; strictly, all of them at the hard limit. */
export function memoryLimit(processes: number, strict: boolean): number {
  const usual = ODOO.baseMemory + processes * ODOO.memorySoft * ODOO.residentShare
  return Math.ceil(strict ? Math.max(usual, processes * ODOO.memoryHard) : usual)
}

/** MiB that a pod with HTTP workers asks for. */
export function webMemoryRequest(workers: number): number {
  return memoryRequest(workers)
}

/** MiB that a pod with HTTP workers may reach: room for them, and for the websocket child that Odoo always starts. */
export function webMemoryLimit(workers: number, strict: boolean): number {
  return memoryLimit(workers + 1, strict)
}

/** Cores of a database server: one for forty people, one at least. An estimate. */
export function databaseCores(users: number): number {
  return Math.max(1, Math.ceil(users / POSTGRES.usersPerCore))
}

/** How many pods hold connections, at the autoscaler's maximum and during a rollout. */
export interface ConnectionLoad {
  readonly odoo: OdooSeries
  readonly webPods: number
  readonly webWorkers: number
  readonly websocketPods: number
  readonly websocketConnections: number
  readonly cronThreads: number
  readonly queueCapacity: number
  /** The module session_db keeps one more connection in every process that answers requests. */
  readonly sessionsInDatabase: boolean
}

/** Connections of the web pods at worst. */
export function webConnections(load: ConnectionLoad): number {
  return load.webPods * load.webWorkers * (ODOO.connectionsPerWorker[load.odoo] + sessionConnection(load))
}

/** Connections of everything that goes to the database directly: websocket, cron, queue and migration. */
export function directConnections(load: ConnectionLoad): number {
  const each = ODOO.connectionsPerWorker[load.odoo]
  const session = sessionConnection(load)
  const websocket = load.websocketPods * (load.websocketConnections + session)
  const cron = load.cronThreads * (each + 1 + session)
  const queue = load.queueCapacity === 0 ? 0 : (load.queueCapacity + 1) * (each + session) + 2
  const migration = 3
  return websocket + cron + queue + migration
}

function sessionConnection({ sessionsInDatabase }: ConnectionLoad): number {
  return sessionsInDatabase ? 1 : 0
}

/** Rounded up to the next ten. */
export function upToTen(connections: number): number {
  return Math.ceil(connections / 10) * 10
}
