import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import { ODOO_DEFAULTS } from './data/connection-defaults.ts'
import type { PodSet } from './pod-set.ts'

/** How a container runs Odoo, as far as its connections to the database go. */
export interface OdooProcess {
  /** Where its arguments stand. */
  readonly at: FieldPath
  /** `gevent`: the live connections alone. `prefork`: a process for each worker. `threaded`: one process. */
  readonly mode: 'gevent' | 'prefork' | 'threaded'
  /** Processes that answer requests, in mode prefork. */
  readonly workers: number
  readonly cronThreads: number
  readonly http: boolean
  readonly stopsAfterInit: boolean
  /** Connections of one process at most, and of the one that holds the live connections. */
  readonly pool: number
  readonly geventPool: number
  readonly geventPort: number
  /** Absent where libpq is left to find the server. */
  readonly host: string | undefined
  readonly database: string | undefined
  readonly runsJobs: boolean
  readonly sessionsInDatabase: boolean
}

/** The program, whatever leads to it. */
const PROGRAM = /(?:^|\/)(?:odoo|odoo-bin|odoo\.py|openerp-server)$/
const IMAGE = /(?:^|\/)odoo(?:[:@]|$)/

/** Where the official image keeps the configuration, unless `ODOO_RC` or `--config` say otherwise. */
const CONFIG = '/etc/odoo/odoo.conf'

/**
 * The Odoo servers among the containers of a set. Options come from the configuration file, where a ConfigMap, Secret or
 * ExternalSecret of the manifests holds it in the clear, and then from the arguments; of the environment only what libpq and the
 * image read.
 */
export function odooProcessesIn(index: Index): (set: PodSet) => readonly OdooProcess[] {
  const files = textsOf(index)
  return set => processesOf(set, files)
}

function processesOf(set: PodSet, files: Texts): readonly OdooProcess[] {
  return listOf(set.pod.containers).flatMap((entry, nth) => {
    const container = fieldsOf(entry)
    const args = serverArguments(container)
    if (args === undefined) return []
    const env = environmentOf(container)
    const flags = flagsIn(args)
    const file = flags.get('config') ?? flags.get('c') ?? env.get('ODOO_RC') ?? CONFIG
    const options = new Map([...optionsIn(fileText(set, container, file, files) ?? ''), ...flags])
    const read = (name: string, otherwise: number): number => {
      const value = Number(options.get(name))
      return options.has(name) && Number.isFinite(value) ? value : otherwise
    }
    const workers = read('workers', ODOO_DEFAULTS.workers)
    const pool = read('db_maxconn', ODOO_DEFAULTS.dbMaxconn)
    const ofLive = read('db_maxconn_gevent', 0)
    const modules = (options.get('server_wide_modules') ?? options.get('load') ?? '')
      .split(',')
      .map(name => name.trim())
    const channels = env.get('ODOO_QUEUE_JOB_CHANNELS')
    return [
      {
        at: set.placeOf(['containers', nth, 'args']),
        mode: args[0] === 'gevent' ? 'gevent' : workers === 0 ? 'threaded' : 'prefork',
        workers: Math.max(0, workers),
        cronThreads: Math.max(0, read('max_cron_threads', ODOO_DEFAULTS.maxCronThreads)),
        http: !flags.has('no_http') && !isFalse(options.get('http_enable')),
        stopsAfterInit: flags.has('stop_after_init'),
        pool,
        geventPool: ofLive === 0 ? pool : ofLive,
        geventPort: read('gevent_port', read('longpolling_port', ODOO_DEFAULTS.geventPort)),
        host: stated(options.get('db_host')) ?? env.get('PGHOST') ?? env.get('HOST'),
        database: stated(flags.get('database') ?? flags.get('d') ?? options.get('db_name')) ?? env.get('PGDATABASE'),
        runsJobs: modules.includes('queue_job') && !(channels ?? 'root:1').startsWith('root:0'),
        sessionsInDatabase: modules.includes('session_db') || setsVariable(container, 'SESSION_DB_URI'),
      },
    ]
  })
}

/** What follows the program; `undefined` when the container runs something else. */
function serverArguments({ command, args, image }: Fields): readonly string[] | undefined {
  const [own, given] = [texts(command), texts(args)]
  const words = [...own, ...given]
  const program = words.findIndex(word => PROGRAM.test(word))
  if (program !== -1) return words.slice(program + 1)
  // The entrypoint of the image puts the program before options, and runs it when it is told nothing.
  const isServer = own.length === 0 && IMAGE.test(textOf(image) ?? '') && (given[0] ?? '-').startsWith('-')
  return isServer ? given : undefined
}

const FLAG = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/

/** Options by their name in the configuration file. A word after an option without `=` is its value. */
function flagsIn(args: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>()
  for (const [nth, arg] of args.entries()) {
    const [, name, value] = FLAG.exec(arg) ?? []
    if (name === undefined) continue
    const next = args[nth + 1]
    flags.set(name.replaceAll('-', '_'), value ?? (next === undefined || FLAG.test(next) ? '' : next))
  }
  return flags
}

/** The section `[options]` of a configuration file. */
function optionsIn(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  let section = ''
  for (const line of text.split(/\r?\n/)) {
    const [, header] = /^\[([^\]]+)\]/.exec(line) ?? []
    const [, name, value] = /^([\w.]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    if (header !== undefined) section = header
    else if (section === 'options' && name !== undefined && value !== undefined) options.set(name.toLowerCase(), value)
  }
  return options
}

/** The text of a file that a volume brings, from the ConfigMap, Secret or ExternalSecret behind it. */
function fileText(set: PodSet, container: Fields, file: string, files: Texts): string | undefined {
  for (const mount of listOf(container.volumeMounts).map(fieldsOf)) {
    const path = textOf(mount.mountPath)?.replace(/\/$/, '')
    const below = path === undefined || !file.startsWith(`${path}/`) ? undefined : file.slice(path.length + 1)
    const inVolume = file === path ? textOf(mount.subPath) : below
    if (inVolume === undefined) continue
    const volume = fieldsOf(
      listOf(set.pod.volumes)
        .map(fieldsOf)
        .find(({ name }) => name === mount.name),
    )
    for (const { configMap, secret } of [volume, ...listOf(fieldsOf(volume.projected).sources).map(fieldsOf)]) {
      const { name, secretName, items } = fieldsOf(configMap ?? secret)
      const chosen = listOf(items).map(fieldsOf)
      const key = chosen.length === 0 ? inVolume : textOf(chosen.find(item => item.path === inVolume)?.key)
      const holder = textOf(name) ?? textOf(secretName)
      if (key === undefined || holder === undefined) continue
      const data = files.get(`${configMap === undefined ? 'Secret' : 'ConfigMap'}/${set.namespace}/${holder}`)
      const text = data === undefined || !Object.hasOwn(data, key) ? undefined : data[key]
      if (text !== undefined) return text
    }
  }
  return undefined
}

/** What ConfigMaps and Secrets hold in the clear, by `Kind/namespace/name`. */
type Texts = ReadonlyMap<string, Readonly<Record<string, string>>>

/** A Secret goes before the template from which External Secrets would fill one of the same name. */
function textsOf(index: Index): Texts {
  const texts = new Map<string, Readonly<Record<string, string>>>()
  for (const source of index.ofKind('ExternalSecret')) {
    const { name, template } = fieldsOf(fieldsOf(source.manifest.spec).target)
    const holder = textOf(name) ?? source.manifest.metadata.name
    texts.set(`Secret/${namespaceOf(source)}/${holder}`, labelsOf(fieldsOf(template).data))
  }
  for (const [kind, field] of [
    ['Secret', 'stringData'],
    ['ConfigMap', 'data'],
  ] as const) {
    for (const source of index.ofKind(kind, '')) {
      const data = labelsOf(source.manifest[field])
      if (Object.keys(data).length > 0)
        texts.set(`${kind}/${namespaceOf(source)}/${source.manifest.metadata.name}`, data)
    }
  }
  return texts
}

/** Whether a variable is set at all, be it from a Secret. */
function setsVariable({ env }: Fields, name: string): boolean {
  return listOf(env).some(entry => fieldsOf(entry).name === name)
}

function environmentOf({ env }: Fields): ReadonlyMap<string, string> {
  return new Map(
    listOf(env)
      .filter(isFields)
      .flatMap(({ name, value }) =>
        typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [],
      ),
  )
}

/** Odoo writes an option that is not set as `False`. */
function stated(value: string | undefined): string | undefined {
  return value === undefined || value === '' || isFalse(value) ? undefined : value
}

function isFalse(value: string | undefined): boolean {
  return value !== undefined && /^(false|none)$/i.test(value)
}

function texts(value: unknown): readonly string[] {
  return listOf(value).map(String)
}
