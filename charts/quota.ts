import type { Settings, Size } from '../src/spec/settings.ts'
import { analyticsSize } from './analytics.ts'
import { sessionsFailOver, type Zone } from './names.ts'
import { trialsOf } from './restore-test.ts'
import { restoredSize } from './restored-cluster.ts'
import {
  BACKUP_SIDECAR,
  databaseSize,
  KUBECTL,
  POOLER,
  REHEARSAL_JOB,
  RESTORE_JOB,
  SENTINEL,
  SESSION_EXPORTER,
  SESSION_REPLICAS,
  SESSION_STORE,
  SESSION_VOLUME,
  UNSIZED,
} from './sizes.ts'

/** What a namespace may take: millicores, MiB and counts. */
export interface Quota extends Size {
  readonly pods: number
  readonly claims: number
  /** Sum of all volumes. */
  readonly storage: number
}

/** So many pods of one size. */
type Crowd = readonly [number, Size]

/** Percent of what is planned. The rest is for what nobody planned: a pod for debugging, one that is slow to go. */
const ROOM = 110

/**
 * The quota of a namespace: everything at its maximum at the same moment, and a tenth more. At the maximum the autoscaler
 * has added what it may, a rollout adds one pod to each Deployment, the migration runs, and the operator of PostgreSQL
 * builds one more server than it keeps.
 */
export function quotaOf(settings: Settings, zone: Zone): Quota {
  return quotaFor(PODS[zone](settings), VOLUMES[zone](settings))
}

/** What the namespace of servers may take, be they for one tenant or for several. */
export function dataQuotaOf(settings: Occupants): Quota {
  return quotaFor(dataPods(settings), dataVolumes(settings))
}

/** What stands in a namespace of data. Where a tenant lives on shared servers it has none of its own. */
type Occupants = Pick<
  Settings,
  'backup' | 'data' | 'database' | 'observability' | 'pooler' | 'schedule' | 'servers' | 'sessions' | 'tier'
>

function quotaFor(crowds: readonly Crowd[], volumes: readonly number[]): Quota {
  /** The sum over all pods with room added, as a multiple of `step`. */
  const roomy = (step: number, pick: (size: Size) => number) => {
    const sum = crowds.reduce((total, [pods, size]) => total + pods * pick(size), 0)
    return Math.ceil((sum * ROOM) / (100 * step)) * step
  }
  return {
    cpu: roomy(100, size => size.cpu),
    memoryRequest: roomy(1024, size => size.memoryRequest),
    memoryLimit: roomy(1024, size => size.memoryLimit),
    pods: roomy(1, () => 1),
    claims: volumes.length,
    storage: volumes.reduce((total, size) => total + size, 0),
  }
}

/** Each trial takes a server and the Job that looks at it. */
function restorePods(settings: Settings): Crowd[] {
  const { recovery } = settings
  const trials = recovery === undefined ? 0 : trialsOf(settings, recovery).length
  return [
    [trials, together(restoredSize(settings), BACKUP_SIDECAR)],
    [trials, RESTORE_JOB],
  ]
}

function restoreVolumes(settings: Settings): number[] {
  const { database, recovery } = settings
  const ofOne = [database.size, ...(database.walSize === undefined ? [] : [database.walSize])]
  return recovery === undefined ? [] : trialsOf(settings, recovery).flatMap(() => ofOne)
}

const PODS: Readonly<Record<Zone, (settings: Settings) => Crowd[]>> = {
  app: appPods,
  data: dataPods,
  restore: restorePods,
}

const VOLUMES: Readonly<Record<Zone, (settings: Settings) => number[]>> = {
  app: ({ filestore }) => (filestore.size === undefined ? [] : [filestore.size]),
  data: dataVolumes,
  restore: restoreVolumes,
}

function appPods({ web, apiPods, websocket, cron, queue, migration, hosts, rehearsal }: Settings): Crowd[] {
  return [
    [web.maxReplicas + 1, web],
    ...(apiPods === undefined ? [] : [[apiPods.maxReplicas + 1, apiPods] as const]),
    [websocket.replicas + 1, websocket],
    [1, cron],
    ...(queue === undefined ? [] : [[1, queue] as const]),
    [1, migration],
    ...(rehearsal === undefined ? [] : [[rehearsal.failover === undefined ? 1 : 2, REHEARSAL_JOB] as const]),
    // One pod answers the certificate challenge of each host.
    [hosts.length, UNSIZED],
  ]
}

function dataPods(settings: Occupants): Crowd[] {
  const { database, pooler, backup, sessions, servers, schedule, observability, data } = settings
  const server = databaseSize(settings)
  const failOver = sessionsFailOver(settings)
  const store = observability === undefined ? SESSION_STORE : together(SESSION_STORE, SESSION_EXPORTER)
  return [
    ...(servers === undefined
      ? [[database.instances + 1, backup === undefined ? server : together(server, BACKUP_SIDECAR)] as const]
      : []),
    ...(data?.replica === true ? [[1, analyticsSize(settings)] as const] : []),
    // What wakes the servers in the morning may still stand there when they are sent to sleep.
    ...(servers === undefined && schedule !== undefined ? [[2, KUBECTL] as const] : []),
    ...(pooler === undefined ? [] : [[pooler.instances + 1, POOLER] as const]),
    ...(sessions === 'redis' ? [[failOver ? SESSION_REPLICAS : 1, store] as const] : []),
    ...(sessions === 'redis' && failOver ? [[SESSION_REPLICAS, SENTINEL] as const] : []),
  ]
}

function dataVolumes(settings: Occupants): number[] {
  const { database, sessions, servers, data } = settings
  const ofOne = [database.size, ...(database.walSize === undefined ? [] : [database.walSize])]
  const stores = sessions === 'redis' ? (sessionsFailOver(settings) ? SESSION_REPLICAS : 1) : 0
  const ofServers = (servers === undefined ? database.instances + 1 : 0) + (data?.replica === true ? 1 : 0)
  return [
    ...Array.from({ length: ofServers }, () => ofOne).flat(),
    ...Array.from({ length: stores }, () => SESSION_VOLUME),
  ]
}

/** Two containers in one pod. */
function together(one: Size, other: Size): Size {
  return {
    cpu: one.cpu + other.cpu,
    memoryRequest: one.memoryRequest + other.memoryRequest,
    memoryLimit: one.memoryLimit + other.memoryLimit,
  }
}
