import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings, Size } from '../src/spec/settings.ts'

/** Pods that no setting sizes: what they take does not grow with the tenant. Millicores and MiB; estimates. */
export const POOLER: Size = { cpu: 100, memoryRequest: 100, memoryLimit: 200 }
export const BACKUP_SIDECAR: Size = { cpu: 100, memoryRequest: 256, memoryLimit: 256 }
export const SESSION_STORE: Size = { cpu: 50, memoryRequest: 256, memoryLimit: 256 }
export const SESSION_EXPORTER: Size = { cpu: 20, memoryRequest: 32, memoryLimit: 64 }
export const SENTINEL: Size = { cpu: 50, memoryRequest: 64, memoryLimit: 128 }
/** A container of kubectl. */
export const KUBECTL: Size = { cpu: 20, memoryRequest: 64, memoryLimit: 128 }
export const RELEASE_GATE: Size = { cpu: 50, memoryRequest: 64, memoryLimit: 128 }
/** Of the Job that tries a restore, which loads every module in one process at the end. */
export const RESTORE_JOB: Size = {
  cpu: ODOO.migrationCpu,
  memoryRequest: ODOO.migrationMemory,
  memoryLimit: ODOO.migrationMemory,
}
/** Of the Jobs that play a crowd, or take a server away. */
export const REHEARSAL_JOB: Size = { cpu: 500, memoryRequest: 256, memoryLimit: 1024 }
/** What a container gets that names nothing itself: those of operators and of certificate challenges. */
export const UNSIZED: Size = { cpu: 50, memoryRequest: 64, memoryLimit: 256 }

/** Percent of the processor time asked for at which another pod is added. */
export const BUSY = 70

/** MiB of the volume of a session store. */
export const SESSION_VOLUME = 1024

/** Replicas of a session store that fails over, and of the sentinels that decide on it. */
export const SESSION_REPLICAS = 3

/**
 * Requests, and a limit on memory alone. A limit on processor time would hold back a worker while the node is idle, and
 * with it whoever waits for the request; memory that is gone is gone.
 */
export function resources({ cpu, memoryRequest, memoryLimit }: Size): IResourceRequirements {
  return {
    requests: { cpu: millicores(cpu), memory: mebibytes(memoryRequest) },
    limits: { memory: mebibytes(memoryLimit) },
  }
}

/** Limits equal to requests in both, so that the node evicts everything else first (quality of service "Guaranteed"). */
export function guaranteed({ cpu, memoryLimit }: Pick<Size, 'cpu' | 'memoryLimit'>): IResourceRequirements {
  const all = { cpu: millicores(cpu), memory: mebibytes(memoryLimit) }
  return { requests: all, limits: all }
}

/** The size of one PostgreSQL server, cores made millicores. */
export function databaseSize({ database }: Pick<Settings, 'database'>): Size {
  return { cpu: database.cpu * 1_000, memoryRequest: database.memory, memoryLimit: database.memory }
}

/** A quantity as people write it: `20Gi`, `725Mi`. */
export function mebibytes(amount: number): string {
  return amount % 1024 === 0 ? `${amount / 1024}Gi` : `${amount}Mi`
}

/** A quantity as people write it: `2`, `500m`. */
export function millicores(amount: number): string {
  return amount % 1_000 === 0 ? String(amount / 1_000) : `${amount}m`
}
