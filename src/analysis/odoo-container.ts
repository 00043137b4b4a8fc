import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, numberOf, textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import { type ContainerEnvironment, environmentOf } from './container-environment.ts'
import { ODOO_VARIABLES } from './data/odoo-images.ts'
import { MIGRATION_PROGRAMS, ODOO_COMMANDS } from './data/odoo-options.ts'
import { type Mount, mountedFilesNamed, mountsOf } from './mounted-file.ts'
import { type Invocation, type OdooCommand, odooCommand } from './odoo-command.ts'
import { type OdooConfig, odooConfig } from './odoo-config.ts'
import { type ImageTraits, imageTraits } from './odoo-image.ts'
import { type JobRunner, jobRunner } from './odoo-queue.ts'

/** What a run of Odoo does, told from its configuration alone. */
export type Activity = 'http' | 'websocket' | 'cron' | 'migrate' | 'shell'

/** A container that runs Odoo. */
export interface OdooContainer {
  readonly workload: Workload
  readonly container: Container
  readonly image: ImageTraits
  readonly environment: ContainerEnvironment
  readonly mounts: readonly Mount[]
  readonly command: OdooCommand
  /** The run that the container is for. */
  readonly main: Invocation
  readonly config: OdooConfig
  readonly activity: Activity
  readonly runner: JobRunner
}

/** Reads a container; `undefined` when nothing says that it runs Odoo. */
export function odooContainer(index: Index, workload: Workload, container: Container): OdooContainer | undefined {
  if (container.role === 'ephemeral') return undefined
  const environment = environmentOf(index, workload, container)
  const image = imageTraits(textOf(container.fields.image) ?? '', environment)
  const command = odooCommand(workload, container, environment, image)
  const main = command.invocations.at(-1)
  if (main === undefined) return undefined
  const mounts = mountsOf(workload, container)
  const isSilent = listOf(container.fields.command).length === 0 && listOf(container.fields.args).length === 0
  // Without a command nothing but the looks of the container tells what it runs.
  if (isSilent && !looksLikeOdoo(index, workload, container, environment, image, mounts)) return undefined
  const config = odooConfig({ index, workload, mounts, environment, image, command })
  const runner = jobRunner(config, environment)
  return {
    workload,
    container,
    image,
    environment,
    mounts,
    command,
    main,
    config,
    activity: activityOf(main, config),
    runner,
  }
}

function looksLikeOdoo(
  index: Index,
  workload: Workload,
  container: Container,
  environment: ContainerEnvironment,
  image: ImageTraits,
  mounts: readonly Mount[],
): boolean {
  if (image.odoo === 'certain' || ODOO_VARIABLES.some(name => environment.get(name) !== undefined)) return true
  if (image.odoo === 'possible' && (image.style !== 'plain' || declaresOdooPort(container))) return true
  return mountedFilesNamed(index, workload, mounts, ['odoo.conf']).some(({ text }) => /^\[options\]/m.test(text ?? ''))
}

function declaresOdooPort({ fields }: Container): boolean {
  return listOf(fields.ports).some(port => [8069, 8072].includes(numberOf(fieldsOf(port).containerPort) ?? 0))
}

/** The command that follows the program: `shell`, `gevent`. Only a list of addons may stand before it. */
export function commandWord({ words }: Invocation): string | undefined {
  const [first, second] = words.map(({ text }) => text)
  const word = first?.startsWith('--addons-path=') ? second : first
  return word === undefined || word.startsWith('-') ? undefined : word
}

function activityOf(main: Invocation, config: OdooConfig): Activity {
  if ((MIGRATION_PROGRAMS as readonly string[]).includes(main.program)) return 'migrate'
  // The word counts in the first place alone: that is where the program looks before it reads its arguments.
  if (main.words[0]?.text === 'gevent') return 'websocket'
  if ((ODOO_COMMANDS as readonly string[]).includes(commandWord(main) ?? '')) return 'shell'
  if (config.flag('stop_after_init') === true) return 'migrate'
  return config.flag('http_enable') === false ? 'cron' : 'http'
}

/** Whether the server runs scheduled actions; `undefined` when the manifests do not tell. A websocket process never does. */
export function runsCron({ activity, config }: OdooContainer): boolean | undefined {
  if (activity !== 'http' && activity !== 'cron') return false
  const threads = config.integer('max_cron_threads')
  return threads === undefined ? undefined : threads > 0
}

/** Ports on which the server answers; those of them that cannot be read are left out. */
export function listeningPorts({ activity, config }: OdooContainer): readonly number[] {
  const workers = config.integer('workers')
  const isPrefork = workers === undefined || workers !== 0
  const names =
    activity === 'websocket'
      ? ['gevent_port']
      : activity === 'http'
        ? ['http_port', ...(isPrefork ? ['gevent_port'] : [])]
        : []
  return names.flatMap(name => config.integer(name) ?? [])
}
