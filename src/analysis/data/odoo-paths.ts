/**
 * Paths of Odoo that routes have to treat in different ways. Read in August and September 2026.
 *
 * Sources: odoo/odoo `addons/bus/controllers`, `addons/web/controllers` and `odoo/http.py` of 15.0 to 19.0; OCA/queue
 * `queue_job/controllers/main.py`; odoo/documentation `deploy.rst`.
 */

/** The path of live connections: another one up to 15.0. */
export const WEBSOCKET = { path: '/websocket', since: 16, before: '/longpolling/poll' } as const

/** What machines call. */
export const API_PREFIXES = ['/xmlrpc', '/jsonrpc', '/json'] as const

/** Pages that ask the database before they answer. */
export const DATABASE_PATHS = [
  '/',
  '/web',
  '/web/',
  '/web/login',
  '/web/database/selector',
  '/web/webclient/version_info',
] as const

/** Pages that nobody outside has any business with, each with the module that brings it if it is not Odoo itself. */
export const INTERNAL_PATHS: readonly { readonly path: string; readonly module?: string; readonly does: string }[] = [
  { path: '/web/database/manager', does: 'creates, copies and drops databases' },
  { path: '/queue_job/runjob', module: 'queue_job', does: 'runs any queued job, and asks for no login' },
]
