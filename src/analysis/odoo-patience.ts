import type { Odoo } from './odoo.ts'

/** The longest piece of work that a server begins: one request, one job or one scheduled action. */
export interface Patience {
  /** The option that ends it. */
  readonly option: 'limit_time_real' | 'limit_time_real_cron'
  readonly seconds: number
}

/** `undefined` when the limit cannot be read, or there is none. */
export function longestWork({ config, activity }: Odoo): Patience | undefined {
  const request = config.integer('limit_time_real')
  const cron = config.integer('limit_time_real_cron')
  // A negative limit of scheduled actions stands for that of requests, and zero for no limit.
  const isOwn = activity === 'cron' && cron !== undefined && cron >= 0
  const seconds = isOwn ? cron : activity === 'cron' && cron === undefined ? undefined : request
  if (seconds === undefined || seconds === 0) return undefined
  return { option: isOwn ? 'limit_time_real_cron' : 'limit_time_real', seconds }
}
