import { createHash } from 'node:crypto'
import { Construct } from 'constructs'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { databaseHost, integrationSecret, NAMES, PORTS, remoteKey, SHARED_TENANT } from './names.ts'
import { scriptFiles } from './odoo-scripts.ts'
import { addRegistryCredentials } from './registry.ts'

/** What the pods of Odoo read: the configuration, the password of the database, the authority behind its certificate. */
export class OdooConfig extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    addExternalSecret(this, settings, {
      zone: 'app',
      name: NAMES.config,
      remote: 'odoo',
      properties: { adminPassword: 'adminPassword' },
      template: { 'odoo.conf': odooConf(settings) },
      decidedBy: 'release',
    })
    addExternalSecret(this, settings, {
      zone: 'app',
      name: NAMES.databaseUser,
      remote: 'database',
      properties: { password: 'password' },
      decidedBy: 'release',
    })
    addExternalSecret(this, settings, {
      zone: 'app',
      name: NAMES.databaseCa,
      ...authority(settings),
      properties: { 'ca.crt': 'ca.crt' },
      decidedBy: 'release',
    })
    if (settings.filestore.bucket !== undefined) {
      addExternalSecret(this, settings, {
        zone: 'app',
        name: NAMES.documents,
        remote: 'documents',
        properties: { accessKeyId: 'accessKeyId', secretAccessKey: 'secretAccessKey' },
        decidedBy: 'filestore.bucket',
      })
    }
    addRegistryCredentials(this, settings, 'app')
    for (const { name, secret } of settings.integrations) {
      if (secret === undefined) continue
      addExternalSecret(this, settings, {
        zone: 'app',
        name: integrationSecret(name),
        remote: integrationSecret(name),
        properties: Object.fromEntries(secret.map(property => [property, property])),
        decidedBy: 'integrations',
      })
    }
    if (settings.sso !== undefined) {
      addExternalSecret(this, settings, {
        zone: 'app',
        name: NAMES.sso,
        remote: 'sso',
        properties: { clientSecret: 'clientSecret', codeVerifier: 'codeVerifier' },
        decidedBy: 'sso',
      })
    }
    if (settings.sessions !== 'redis') return
    addExternalSecret(this, settings, {
      zone: 'app',
      name: NAMES.redisPassword,
      remote: 'sessions',
      properties: { password: 'password' },
      decidedBy: 'sessions',
    })
  }
}

/** Where the authority behind the certificate of the servers stands in the store: with whoever has the servers. */
function authority(settings: Settings): { readonly remote: string; readonly shared?: true } {
  const { servers, environment } = settings
  if (servers === undefined) return { remote: NAMES.databaseCa }
  return { remote: remoteKey({ tenant: SHARED_TENANT, environment }, NAMES.databaseCa), shared: true }
}

const MEBIBYTE = 1024 * 1024

/** Modules that write the log, keep sessions elsewhere, or run jobs hook into the server itself. */
const SERVER_WIDE = ['logging_json', 'session_db', 'session_redis', 'queue_job']

/**
 * The configuration that all roles share; what differs is said in their arguments, so that more workers of the web pods
 * restart no other pod. The password of the database is not
 * in it: libpq takes it from the environment. `{{ .adminPassword }}` is filled in from the secret store.
 */
export function odooConf(settings: Settings): string {
  const { database, release, cron } = settings
  const options: Readonly<Record<string, string | number>> = {
    addons_path: ODOO.addonsPath,
    admin_passwd: '{{ .adminPassword }}',
    data_dir: ODOO.dataDir,
    // The direct road: whoever is not told otherwise must be able to listen, which no pooler passes on.
    db_host: databaseHost(settings),
    db_maxconn: 8,
    db_name: database.name,
    db_port: PORTS.postgres,
    db_sslmode: 'verify-full',
    db_user: database.owner,
    dbfilter: `^${database.name}$`,
    gevent_port: PORTS.websocket,
    // Some series listen on the loopback address by default.
    http_interface: '0.0.0.0',
    http_port: PORTS.odoo,
    limit_memory_hard: ODOO.memoryHard * MEBIBYTE,
    limit_memory_soft: ODOO.memorySoft * MEBIBYTE,
    limit_request: 8_192,
    limit_time_cpu: ODOO.timeCpu,
    limit_time_real: ODOO.timeReal,
    // Without it the limit of a request holds for scheduled actions as well.
    limit_time_real_cron: cron.timeLimit,
    limit_time_worker_cron: cron.timeLimit,
    list_db: 'False',
    log_handler: ':INFO',
    max_cron_threads: 0,
    proxy_mode: 'True',
    server_wide_modules: [
      ...ODOO.serverWide[release.odoo],
      ...SERVER_WIDE.filter(name => release.modules.includes(name)),
    ].join(','),
    unaccent: 'True',
  }
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}\n`)
  return `[options]\n${lines.join('')}`
}

/** Changes with everything that the pods read at their start, so that a change of it restarts them. */
export function configDigest(settings: Settings): string {
  return createHash('sha256')
    .update(JSON.stringify([odooConf(settings), scriptFiles(settings)]))
    .digest('hex')
    .slice(0, 16)
}
