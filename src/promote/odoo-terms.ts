import type { Risk } from './operation.ts'
import { high, low, medium } from './risk.ts'
import { amount, lastName, type Term, type Terms, value, without } from './term.ts'

const RECONNECTS = medium('Odoo opens its database connections differently')
const OTHER_DATABASE = high('Odoo talks to another database or to none')
const LIMITS_A_WORKER = {
  more: low('a worker may use more memory before it is recycled'),
  less: medium('workers are recycled earlier, and long tasks may be cut'),
  other: medium('changes when workers are recycled'),
}
const TIME_LIMIT: Term = value('configuration', lastName, medium('changes when long requests and jobs are cut'))

/** A comma-separated list: told by what comes and what goes. */
function names(what: string, risk: Risk): Term {
  return {
    read(change) {
      const from = listed(change.from)
      const to = listed(change.to)
      const gone = without(from, to).join(', ')
      const come = without(to, from).join(', ')
      const sides = gone === '' && come === '' ? { from: from.join(', '), to: to.join(', ') } : { from: gone, to: come }
      return [
        {
          topic: 'modules',
          what,
          ...(sides.from === '' ? {} : { from: sides.from }),
          ...(sides.to === '' ? {} : { to: sides.to }),
          risk,
        },
      ]
    },
  }
}

function listed(text: unknown): string[] {
  if (typeof text !== 'string') return []
  return text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
}

/** A switch with a safe side; text, as configuration files and flags have it. */
function guarded(topic: 'access' | 'configuration', safe: RegExp, loosened: Risk, tightened: Risk): Term {
  return value(topic, lastName, change => (safe.test(String(change.to ?? '')) ? tightened : loosened))
}

/** Settings of Odoo by their name in `odoo.conf`; flags and environment variables are looked up under the same name. */
export const ODOO_TERMS: Terms = {
  workers: amount('workers', 'workers', {
    more: low('more requests are served at once'),
    less: medium('fewer requests are served at once'),
    floor: { at: 0, risk: high('zero workers is the threaded development server') },
    other: medium('the number of workers leaves or meets its default'),
  }),
  max_cron_threads: amount('workers', 'cron threads', {
    more: low('more scheduled jobs run at once'),
    less: medium('fewer scheduled jobs run at once'),
    floor: { at: 0, risk: high('this process runs no scheduled jobs any longer') },
    other: medium('the number of cron threads leaves or meets its default'),
  }),
  queue_job_channels: value('workers', 'queue channels', medium('changes how many queue jobs run at once, and where')),
  'queue_job.channels': value(
    'workers',
    'queue channels',
    medium('changes how many queue jobs run at once, and where'),
  ),
  limit_memory_soft: amount('resources', 'soft memory limit of a worker', LIMITS_A_WORKER),
  limit_memory_hard: amount('resources', 'hard memory limit of a worker', LIMITS_A_WORKER),
  limit_memory_soft_gevent: amount('resources', 'soft memory limit of the websocket worker', LIMITS_A_WORKER),
  limit_memory_hard_gevent: amount('resources', 'hard memory limit of the websocket worker', LIMITS_A_WORKER),
  limit_time_cpu: TIME_LIMIT,
  limit_time_real: TIME_LIMIT,
  limit_time_real_cron: TIME_LIMIT,
  limit_time_worker_cron: TIME_LIMIT,
  limit_request: TIME_LIMIT,
  db_maxconn: value('database', 'connections of a process', RECONNECTS),
  db_maxconn_gevent: value('database', 'connections of the websocket process', RECONNECTS),
  db_name: value('database', 'database name', OTHER_DATABASE),
  database: value('database', 'database name', OTHER_DATABASE),
  dbfilter: value('database', 'database filter', high('hosts may resolve to another database')),
  db_host: value('database', 'database host', OTHER_DATABASE),
  db_port: value('database', 'database port', OTHER_DATABASE),
  db_user: value('database', 'database user', high('Odoo connects as another user')),
  db_password: value('secret', 'database password', high('Odoo connects with another password')),
  db_replica_host: value('database', 'read-only database host', high('reads go to another server')),
  db_sslmode: value(
    'database',
    'encryption to the database',
    high('changes whether the database connection is verified'),
  ),
  db_template: value('database', 'template database', medium('new databases start from another template')),
  admin_passwd: value('secret', 'master password', high('the master password opens every database')),
  list_db: guarded(
    'access',
    /^(false|0|no|off)$/i,
    high('the database manager is open'),
    low('the database manager is closed'),
  ),
  proxy_mode: value('access', 'proxy mode', high('changes which client address and host Odoo believes')),
  dev_mode: guarded(
    'access',
    /^(|false|none)$/i,
    high('development mode shows internals'),
    low('development mode is off'),
  ),
  dev: guarded('access', /^(|false|none)$/i, high('development mode shows internals'), low('development mode is off')),
  server_wide_modules: names('server-wide modules', high('every process loads other modules')),
  load: names('server-wide modules', high('every process loads other modules')),
  update: names('modules to update', high('the update changes the database schema')),
  init: names('modules to install', high('the installation changes the database schema')),
  addons_path: names('addons path', high('modules are loaded from elsewhere')),
  upgrade_path: names('upgrade path', high('upgrade scripts are loaded from elsewhere')),
  without_demo: value('configuration', 'demo data', high('changes whether demo users are created')),
  data_dir: value('storage', 'data directory', high('attachments and sessions are looked for elsewhere')),
  http_port: value('network', 'http port', high('the service and its probes may no longer reach Odoo')),
  gevent_port: value('network', 'websocket port', high('the service and its probes may no longer reach Odoo')),
  longpolling_port: value('network', 'websocket port', high('the service and its probes may no longer reach Odoo')),
  no_http: value('network', 'http server', high('changes whether this process serves requests')),
  '*': value('configuration', lastName, medium('Odoo behaves differently')),
}

/** Environment variables that images of Odoo read, by the setting that they stand for. */
const SETTING_OF_VARIABLE: Readonly<Record<string, string>> = {
  HOST: 'db_host',
  PORT: 'db_port',
  USER: 'db_user',
  PASSWORD: 'db_password',
  PGHOST: 'db_host',
  PGPORT: 'db_port',
  PGUSER: 'db_user',
  PGPASSWORD: 'db_password',
  PGDATABASE: 'db_name',
  PGSSLMODE: 'db_sslmode',
}

/** Short flags of Odoo by the setting that they stand for. */
const SETTING_OF_FLAG: Readonly<Record<string, string>> = {
  c: 'config',
  d: 'database',
  i: 'init',
  p: 'http_port',
  r: 'db_user',
  u: 'update',
  w: 'db_password',
}

/** The Odoo setting behind an environment variable, `undefined` when it is none that we know. */
export function settingOfVariable(name: string): string | undefined {
  if (Object.hasOwn(SETTING_OF_VARIABLE, name)) return SETTING_OF_VARIABLE[name]
  const setting = name.startsWith('ODOO_') ? name.slice('ODOO_'.length).toLowerCase() : undefined
  return setting !== undefined && Object.hasOwn(ODOO_TERMS, setting) ? setting : undefined
}

/** The Odoo setting behind a flag without its dashes. */
export function settingOfFlag(name: string): string {
  return SETTING_OF_FLAG[name] ?? name.replaceAll('-', '_')
}
