import { parseQuantity, quantityNumber } from '../manifest/quantity.ts'
import { fieldsOf } from '../manifest/value.ts'
import type { OdooContainer } from './odoo-container.ts'

const MEBIBYTE = 1024 * 1024

/**
 * Bytes that a server takes at work, besides its workers, and each of its workers. The first is an estimate from
 * production; the second is the rule of odoo/documentation `deploy.rst`, 0.8 × 150 MB + 0.2 × 1024 MB, read August 2026.
 */
const BASE = 400 * MEBIBYTE
const WORKER = 325 * MEBIBYTE

/** The memory limit of a container beside what its workers need. Bytes. */
export interface WorkerMemory {
  readonly limit: number
  readonly workers: number
  /** What they take in ordinary work. */
  readonly least: number
  /** How many times the limit they may reach together, the websocket process included. 0 where they have no bound. */
  readonly ratio: number
}

/** `undefined` where there are no workers, no limit, or one of the two cannot be read. */
export function neededBy({ activity, config, container }: OdooContainer): WorkerMemory | undefined {
  const quantity = parseQuantity(fieldsOf(fieldsOf(container.fields.resources).limits).memory)
  const workers = config.integer('workers')
  if (activity !== 'http' || quantity === undefined || workers === undefined || workers <= 0) return undefined
  const limit = quantityNumber(quantity)
  if (limit === 0) return undefined
  const hard = config.integer('limit_memory_hard') ?? 0
  return { limit, workers, least: BASE + workers * WORKER, ratio: ((workers + 1) * hard) / limit }
}
