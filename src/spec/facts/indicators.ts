/**
 * What the database of Odoo tells of the business, by plain SQL: no module is needed for it, and none is slowed down.
 * Read September 2026 for the series 16.0 to 19.0.
 *
 * Sources: odoo/odoo (addons/sale, stock, purchase, account, point_of_sale, mail: names of tables, columns and states;
 * ir_cron; times are UTC without a zone); OCA/queue (queue_job: states, eta); OCA/edi (edi_exchange_record: states).
 */

/** One query that CloudNativePG runs: its columns become metrics named `cnpg_odoo_<query>_<column>`. */
export interface Query {
  /** Modules of which any one brings the tables; empty where every database has them. */
  readonly modules: readonly string[]
  readonly sql: string
  /** What whoever asks has to be allowed to read: columns by table. */
  readonly reads: Readonly<Record<string, readonly string[]>>
  /** Columns in the order of the query; one without a description is a label. */
  readonly columns: Readonly<Record<string, string | undefined>>
}

const NOW = "(now() at time zone 'utc')"

const SELLING = ['sale', 'sale_management', 'sale_stock', 'website_sale']
const STOCK = ['stock', 'sale_stock', 'point_of_sale', 'mrp', 'delivery']
const ACCOUNT = ['account', 'account_accountant', 'purchase', 'point_of_sale', ...SELLING]

export const QUERIES = {
  orders: {
    modules: SELLING,
    sql: `select count(*) as confirmed_15m from sale_order where state in ('sale', 'done') and date_order > ${NOW} - interval '15 minutes'`,
    reads: { sale_order: ['state', 'date_order'] },
    columns: { confirmed_15m: 'Orders confirmed in the last 15 minutes' },
  },
  tills: {
    modules: ['point_of_sale'],
    sql: `select (select count(*) from pos_session where state in ('opening_control', 'opened', 'closing_control')) as open, (select count(*) from pos_order where date_order > ${NOW} - interval '15 minutes') as orders_15m`,
    reads: { pos_session: ['state'], pos_order: ['date_order'] },
    columns: { open: 'Tills that are open', orders_15m: 'Orders of tills in the last 15 minutes' },
  },
  stock: {
    modules: STOCK,
    sql: `select coalesce(extract(epoch from ${NOW} - max(date) filter (where state = 'done')), 2592000) as last_move_seconds, count(*) filter (where state in ('waiting', 'confirmed', 'partially_available')) as waiting from stock_move where date > ${NOW} - interval '30 days'`,
    reads: { stock_move: ['state', 'date'] },
    columns: {
      last_move_seconds: 'Seconds since goods moved for the last time, 30 days at most',
      waiting: 'Moves of the last 30 days that wait for goods',
    },
  },
  purchases: {
    modules: ['purchase'],
    sql: `select count(*) as confirmed_1h from purchase_order where state in ('purchase', 'done') and date_approve > ${NOW} - interval '1 hour'`,
    reads: { purchase_order: ['state', 'date_approve'] },
    columns: { confirmed_1h: 'Purchase orders confirmed in the last hour' },
  },
  invoices: {
    modules: ACCOUNT,
    sql: `select count(*) as posted_1h from account_move where state = 'posted' and move_type in ('out_invoice', 'out_refund', 'out_receipt') and write_date > ${NOW} - interval '1 hour'`,
    reads: { account_move: ['state', 'move_type', 'write_date'] },
    columns: { posted_1h: 'Customer invoices posted, or changed after it, in the last hour' },
  },
  jobs: {
    modules: ['queue_job'],
    sql: "select coalesce(channel, 'root') as channel, state, count(*) as count from queue_job where state in ('pending', 'enqueued', 'started', 'failed') group by 1, 2",
    reads: { queue_job: ['channel', 'state'] },
    columns: { channel: undefined, state: undefined, count: 'Jobs of a channel in a state' },
  },
  oldest_job: {
    modules: ['queue_job'],
    sql: `select coalesce(extract(epoch from max(${NOW} - date_created)), 0) as seconds from queue_job where state in ('pending', 'enqueued') and (eta is null or eta <= ${NOW})`,
    reads: { queue_job: ['date_created', 'state', 'eta'] },
    columns: { seconds: 'Age of the oldest job that could run and does not' },
  },
  actions: {
    modules: [],
    sql: `select count(*) as overdue from ir_cron where active and nextcall < ${NOW} - interval '15 minutes'`,
    reads: { ir_cron: ['active', 'nextcall'] },
    columns: { overdue: 'Scheduled actions that are more than 15 minutes late' },
  },
  mails: {
    modules: ['mail', ...ACCOUNT, ...STOCK],
    sql: "select count(*) filter (where state = 'outgoing') as waiting, count(*) filter (where state = 'exception') as failed from mail_mail",
    reads: { mail_mail: ['state'] },
    columns: { waiting: 'Mails that wait to be sent', failed: 'Mails that could not be sent' },
  },
  edi: {
    modules: ['edi_oca', 'edi_core_oca'],
    sql: "select count(*) as failed from edi_exchange_record where edi_exchange_state in ('validate_error', 'output_error_on_send', 'output_sent_and_error', 'input_receive_error', 'input_processed_error')",
    reads: { edi_exchange_record: ['edi_exchange_state'] },
    columns: { failed: 'EDI exchanges that failed' },
  },
} as const satisfies Record<string, Query>

export type QueryName = keyof typeof QUERIES

/** A number by which a business process is judged: one column of a query. */
export interface Indicator {
  readonly query: QueryName
  readonly column: string
  readonly title: string
  readonly unit: 'short' | 's'
}

export const INDICATORS = {
  'orders-confirmed': {
    query: 'orders',
    column: 'confirmed_15m',
    title: 'Orders confirmed in 15 minutes',
    unit: 'short',
  },
  'till-orders': { query: 'tills', column: 'orders_15m', title: 'Till orders in 15 minutes', unit: 'short' },
  'open-tills': { query: 'tills', column: 'open', title: 'Open tills', unit: 'short' },
  'stock-lag': { query: 'stock', column: 'last_move_seconds', title: 'Time since goods moved', unit: 's' },
  'stock-waiting': { query: 'stock', column: 'waiting', title: 'Moves waiting for goods', unit: 'short' },
  'purchases-confirmed': {
    query: 'purchases',
    column: 'confirmed_1h',
    title: 'Purchases confirmed in an hour',
    unit: 'short',
  },
  'invoices-posted': { query: 'invoices', column: 'posted_1h', title: 'Invoices posted in an hour', unit: 'short' },
  'job-age': { query: 'oldest_job', column: 'seconds', title: 'Age of the oldest waiting job', unit: 's' },
  'actions-overdue': { query: 'actions', column: 'overdue', title: 'Scheduled actions overdue', unit: 'short' },
  'mails-failed': { query: 'mails', column: 'failed', title: 'Mails not sent', unit: 'short' },
  'edi-failed': { query: 'edi', column: 'failed', title: 'EDI exchanges failed', unit: 'short' },
} as const satisfies Record<string, Indicator>

export type IndicatorName = keyof typeof INDICATORS

/** The queries that find something to ask in a database with these modules. */
export function queriesFor(modules: readonly string[]): QueryName[] {
  return (Object.keys(QUERIES) as QueryName[]).filter(name => {
    const needed: readonly string[] = QUERIES[name].modules
    return needed.length === 0 || needed.some(module => modules.includes(module))
  })
}

/** The metric of an indicator. */
export function metricOf(name: IndicatorName): string {
  const { query, column } = INDICATORS[name]
  return `cnpg_odoo_${query}_${column}`
}
