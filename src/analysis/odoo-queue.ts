import type { ContainerEnvironment } from './container-environment.ts'
import type { OdooConfig, Setting } from './odoo-config.ts'

/** One channel of jobs and how many of them run at once. */
export interface Channel {
  /** In full: `root.pos`. */
  readonly name: string
  readonly capacity: number
}

/** The runner of OCA's module queue_job in a container. */
export interface JobRunner {
  /** `undefined` when the manifests do not tell whether the module is loaded. */
  readonly enabled: boolean | undefined
  /** What says so; absent where the module's default holds. */
  readonly setting: Setting | undefined
  readonly channels: readonly Channel[]
}

const MODULE = 'queue_job'

/** What the module does without any configuration, from its README. */
const DEFAULT_CHANNELS = 'root:1'

/** Reads how a server would run jobs: it does unless its channels begin with `root:0` (jobrunner/__init__.py). */
export function jobRunner(config: OdooConfig, environment: ContainerEnvironment): JobRunner {
  const modules = config.text('server_wide_modules')?.split(',')
  const isLoaded = modules?.some(name => name.trim() === MODULE)
  const variable = environment.get('ODOO_QUEUE_JOB_CHANNELS')
  const setting: Setting | undefined =
    variable === undefined
      ? config.foreign('queue_job.channels')
      : { value: variable.value, layer: 'environment', place: variable.place }
  if (isLoaded === false) return { enabled: false, setting, channels: [] }
  if (isLoaded === undefined && setting === undefined) return { enabled: undefined, setting, channels: [] }
  const text = setting === undefined ? DEFAULT_CHANNELS : setting.value
  if (text === undefined) return { enabled: undefined, setting, channels: [] }
  const enabled = !text.trim().startsWith('root:0')
  return { enabled, setting, channels: enabled ? channelsOf(text) : [] }
}

/** `root:4,root.pos:2:throttle=1`: names need not say `root`, and a channel without a number runs one job at a time. */
function channelsOf(text: string): readonly Channel[] {
  return text.split(',').flatMap(entry => {
    const [name = '', capacity] = entry.trim().split(':')
    if (name === '') return []
    const full = name === 'root' || name.startsWith('root.') ? name : `root.${name}`
    return [{ name: full, capacity: capacity === undefined || capacity === '' ? 1 : Number(capacity) }]
  })
}
