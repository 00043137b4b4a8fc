import { type Ini, parseIni } from '../manifest/ini.ts'
import type { Index } from '../manifest/manifest-index.ts'
import type { Workload } from '../manifest/workload.ts'
import type { ContainerEnvironment } from './container-environment.ts'
import { ENTRYPOINT, ODOO_IMAGES, type OdooImage } from './data/odoo-images.ts'
import { ARGUMENT_ONLY, BOOLEANS, ODOO_OPTIONS, type OdooOption, READS_VARIABLES } from './data/odoo-options.ts'
import type { Place } from './evidence.ts'
import { type Mount, type MountedFile, mountedFile, mountedFilesNamed } from './mounted-file.ts'
import type { OdooCommand } from './odoo-command.ts'
import type { ImageTraits } from './odoo-image.ts'

/** From the weakest to the strongest. `image` is what the image brings, `entrypoint` what its entrypoint appends. */
export type Layer = 'default' | 'image' | 'file' | 'environment' | 'arguments' | 'entrypoint'

/** The value of an option that holds in a container. */
export interface Setting {
  /** `undefined` when it is set to something that does not stand in the manifests. The empty text is "none". */
  readonly value: string | undefined
  readonly layer: Layer
  /** Where it is written; absent where nobody wrote it. */
  readonly place?: Place
}

/** The configuration that holds in a container: defaults < odoo.conf < environment < arguments. */
export interface OdooConfig {
  /** The file that the server reads, where a volume holds it. */
  readonly file: MountedFile | undefined
  /** `undefined` when the manifests do not tell: a file in the image may set it. */
  setting(name: string): Setting | undefined
  /** The value as text, `undefined` when it cannot be read. */
  text(name: string): string | undefined
  /** The value as a whole number, `undefined` when it cannot be read or is none. */
  integer(name: string): number | undefined
  flag(name: string): boolean | undefined
  /** A key of another section than `options`: `queue_job.channels`. */
  foreign(key: string): Setting | undefined
}

/** What one layer says of an option: nothing, a setting, or that nobody here can tell. */
type Say = Setting | 'silent' | 'untold'

type Ask = (option: OdooOption) => Say

const OPTIONS: ReadonlyMap<string, OdooOption> = new Map(ODOO_OPTIONS.map(option => [option.name, option]))

export interface ConfigSubject {
  readonly index: Index
  readonly workload: Workload
  readonly mounts: readonly Mount[]
  readonly environment: ContainerEnvironment
  readonly image: ImageTraits
  readonly command: OdooCommand
}

export function odooConfig(subject: ConfigSubject): OdooConfig {
  const { environment, image, command } = subject
  const known: OdooImage | undefined = image.style === 'plain' ? undefined : ODOO_IMAGES[image.style]
  const argument = argumentsOf(command)
  const file = configFile(subject, known, argument)
  const ini = file?.text === undefined ? undefined : parseIni(file.text)
  const fromFile = file === undefined ? imageFile(subject, known) : mountedIni(file, ini)
  const layers: readonly Ask[] = [
    entrypoint(subject, fromFile),
    argument,
    serverVariables(environment, image.series),
    fromFile,
    libpqVariables(environment),
  ]
  const setting = (name: string): Setting | undefined => {
    const option = OPTIONS.get(name)
    if (option === undefined) throw new Error(`"${name}" is no option that is known of Odoo`)
    let none: Setting | undefined
    for (const ask of layers) {
      const said = ask(option)
      if (said === 'untold') return none
      if (said === 'silent') continue
      const found = normal(option, said)
      if (found.value !== '' || !Object.hasOwn(LIBPQ, name)) return found
      // What Odoo leaves empty the client fills in.
      none ??= found
    }
    const value = defaultOf(option, image.series)
    return none ?? (value === undefined ? undefined : { value, layer: 'default' })
  }
  const text = (name: string): string | undefined => setting(name)?.value
  return {
    file,
    setting,
    text,
    integer: name => {
      const value = text(name)
      return value !== undefined && /^\s*-?\d+\s*$/.test(value) ? Number(value) : undefined
    },
    flag: name => {
      const found = setting(name)
      return found?.value === undefined ? undefined : truth(found.value, found.layer, image.series)
    },
    foreign: key => {
      const value = ini?.entries.get(key)
      if (file === undefined || value === undefined) return undefined
      return { value: readable(value), layer: 'file', place: file.place }
    },
  }
}

/** The default of a series; of an unknown one, what all of them agree on. */
function defaultOf({ default: first, laterDefault }: OdooOption, series: number | undefined): string | undefined {
  if (laterDefault === undefined) return first
  if (series === undefined) return undefined
  return series >= laterDefault.since ? laterDefault.value : first
}

/** Odoo takes these two words for "none" wherever no yes or no is asked for. */
function normal({ type }: OdooOption, said: Setting): Setting {
  return type !== 'boolean' && (said.value === 'False' || said.value === 'None') ? { ...said, value: '' } : said
}

function truth(value: string, layer: Layer, series: number | undefined): boolean | undefined {
  const { exact, wide } = BOOLEANS
  if ((exact.true as readonly string[]).includes(value)) return true
  if ((exact.false as readonly string[]).includes(value)) return false
  // Up to 18.0 any other text of the file counts as set, "no" too.
  if (layer === 'file' && series !== undefined && series < READS_VARIABLES) return value !== ''
  if (layer === 'file' && series === undefined) return undefined
  const lower = value.toLowerCase()
  if ((wide.true as readonly string[]).includes(lower)) return true
  return (wide.false as readonly string[]).includes(lower) ? false : undefined
}

/** A value that is still to be filled in by somebody else cannot be read. */
function readable(value: string): string | undefined {
  return /\{\{|\$\{|\$\(|<%|^\$[A-Z_][A-Z0-9_]*$|^__\w+__$/.test(value) ? undefined : value
}

function argumentsOf({ invocations }: OdooCommand): Ask {
  const args = invocations.at(-1)?.arguments ?? []
  return option => {
    const last = args.findLast(argument => argument.option === option)
    if (last === undefined) return 'silent'
    return { value: readable(last.value), layer: 'arguments', place: last.place }
  }
}

const FILE_NAMES = ['odoo.conf', 'odoo.cfg', '.odoorc', 'openerp-server.conf']

/** The file that the server reads, if a volume holds it; of an unknown image, any file of such a name. */
function configFile(
  { index, workload, mounts, environment, image }: ConfigSubject,
  known: OdooImage | undefined,
  argument: Ask,
): MountedFile | undefined {
  const config = OPTIONS.get('config')
  const said = config === undefined ? 'silent' : argument(config)
  const told = typeof said === 'object' ? said.value : environment.get('ODOO_RC')?.value
  const path = told ?? (image.published ? known?.configFile : undefined)
  if (path !== undefined) return mountedFile(index, workload, mounts, path)
  const usual = known === undefined ? undefined : mountedFile(index, workload, mounts, known.configFile)
  return usual ?? mountedFilesNamed(index, workload, mounts, FILE_NAMES)[0]
}

function mountedIni(file: MountedFile, ini: Ini | undefined): Ask {
  // Directives of a template may write any line.
  const isWhole = ini !== undefined && ini.others.length === 0
  return option => {
    if (ARGUMENT_ONLY.includes(option.name)) return 'silent'
    for (const name of [option.name, ...(option.aliases ?? [])]) {
      const value = ini?.entries.get(name)
      if (value !== undefined) return { value: readable(value), layer: 'file', place: file.place }
    }
    return isWhole ? 'silent' : 'untold'
  }
}

/** The configuration that lies in the image, or that the image writes from variables at its start. */
function imageFile({ environment, image }: ConfigSubject, known: OdooImage | undefined): Ask {
  const variables = Object.entries(known?.variables ?? {})
  // Whoever builds on an image may put another configuration into it.
  const isWhole = image.published && (image.style === 'official' || image.style === 'bitnami')
  return option => {
    if (ARGUMENT_ONLY.includes(option.name)) return 'silent'
    for (const [variable, name] of variables) {
      const found = name === option.name ? environment.get(variable) : undefined
      if (found !== undefined) return { value: found.value, layer: 'environment', place: found.place }
    }
    if (environment.open && variables.some(([, name]) => name === option.name)) return 'untold'
    const brought = known?.options[option.name]
    if (brought !== undefined && image.published) return { value: brought, layer: 'image' }
    return isWhole ? 'silent' : 'untold'
  }
}

/** From 19.0 on the server reads variables itself. Where the series is unknown, whoever set one means it to be read. */
function serverVariables(environment: ContainerEnvironment, series: number | undefined): Ask {
  if (series !== undefined && series < READS_VARIABLES) return () => 'silent'
  return option => {
    const name = option.variable ?? `ODOO_${option.name.toUpperCase()}`
    const isLibpq = name.startsWith('PG')
    if (name === '' || (series === undefined && isLibpq)) return 'silent'
    const found = environment.get(name)
    if (found !== undefined) return { value: found.value, layer: 'environment', place: found.place }
    return environment.open && series !== undefined ? 'untold' : 'silent'
  }
}

const LIBPQ: Readonly<Record<string, string>> = {
  db_host: 'PGHOST',
  db_password: 'PGPASSWORD',
  db_port: 'PGPORT',
  db_user: 'PGUSER',
}

/** What the PostgreSQL client reads for itself when Odoo gives it nothing. Odoo always gives it a mode of encryption. */
function libpqVariables(environment: ContainerEnvironment): Ask {
  return ({ name }) => {
    const found = environment.get(LIBPQ[name] ?? '')
    if (found === undefined) return 'silent'
    return { value: found.value, layer: 'environment', place: found.place }
  }
}

/** The arguments that the entrypoint of the official image appends, after all others. */
function entrypoint({ environment, image, command }: ConfigSubject, fromFile: Ask): Ask {
  if (image.style !== 'official' || !command.entrypoint) return () => 'silent'
  return option => {
    const appended = ENTRYPOINT[option.name]
    if (appended === undefined) return 'silent'
    const said = fromFile(option)
    if (typeof said === 'object') return { ...said, layer: 'entrypoint' }
    // The image's own file sets none of them, and one that was put in its place is not to be seen.
    if (said === 'untold' && image.published) return 'untold'
    const found = appended.variables.map(name => environment.get(name)).find(variable => variable !== undefined)
    if (found !== undefined) return { value: found.value, layer: 'entrypoint', place: found.place }
    return said === 'untold' || environment.open ? 'untold' : { value: appended.otherwise, layer: 'entrypoint' }
  }
}
