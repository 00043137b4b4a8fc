import { watch } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { type Command, Option } from 'commander'
import { applyChanges, diskTree, readText } from '../files.ts'
import { parseManifests } from '../manifest/parse.ts'
import { count } from '../report/plural.ts'
import { inputError } from '../spec/problem.ts'
import { ANNEX_FOLDERS, planAnnexes } from '../synth/annex.ts'
import { assumptionsOf } from '../synth/assumption.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import { planSynth, previewUnits, type UnitPlan } from '../synth/plan.ts'
import { render } from '../synth/render.ts'
import type { FileChange } from '../synth/tree.ts'
import { verify } from '../synth/verify.ts'
import type { Outcome, Terminal } from './command.ts'
import { report } from './failure.ts'
import { generator, openWorkspace, pageTemplates, requireEnvironment, requireTenant } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .option('--check', 'change nothing: fail unless the tree is what it says it is')
    .option('-e, --env <environment>', 'only this environment')
    .option('-t, --tenant <tenant>', 'only this tenant')
    .option('-o, --out <folder>', 'write a preview of one environment there, as if all had been promoted (needs --env)')
    .option('-w, --watch', 'run again whenever the spec changes')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Writes environments/<env>/<unit>/, one manifest a file. The first environment of a tenant follows the spec; later ones
keep what was promoted to them and follow only their own keys. catalog/, gitops/ and runbooks/ follow the spec as a
whole. Files that a person changed are never overwritten.

Examples:
  waybill synth                              write what has changed
  waybill synth --check                      in CI: the tree is what the spec says
  waybill synth --env production --out /tmp/p   look at production without touching the tree`,
    )
}

interface Options {
  readonly check?: boolean
  readonly env?: string
  readonly tenant?: string
  readonly out?: string
  readonly watch?: boolean
}

export async function run(_args: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  if (options.out !== undefined && options.env === undefined) {
    throw inputError('--out', 'a preview is of one environment', 'add --env <environment>')
  }
  if (options.check && (options.env ?? options.tenant ?? options.out) !== undefined) {
    throw inputError('--check', 'the check is of the whole tree', 'leave out --env, --tenant and --out')
  }
  if (options.check) return check()
  if (options.out !== undefined) return preview(options, options.out)
  if (!options.watch) return write(options, terminal)
  return watching(options, terminal)
}

function check(): Outcome {
  const { platform, reader } = openWorkspace()
  const { faults, units, files, foreign } = verify(platform, generator(), reader, pageTemplates())
  const lines = faults.map(({ path, message, hint }) => `${path} ${message}\n      ${hint}`)
  for (const { environment, unit, generator: other } of foreign) {
    lines.push(`${environment}/${unit} was rendered by waybill ${other}: its digests match, it was not rendered again`)
  }
  const verdict =
    faults.length === 0
      ? `${count(units, 'unit')}, ${count(files, 'file')}: the tree is what it says it is`
      : `${count(faults.length, 'fault')} in ${count(units, 'unit')}`
  return {
    code: faults.length === 0 ? 0 : 1,
    text: [...lines, verdict].join('\n'),
    data: { faults, units, files, foreign },
  }
}

/** Renders one environment into a folder that is empty, or that an earlier preview filled. */
function preview({ env, tenant }: Options, out: string): Outcome {
  const { platform } = openWorkspace()
  const environment = requireEnvironment(platform, env ?? '').name
  if (tenant !== undefined) requireTenant(platform, tenant)
  const folder = isAbsolute(out) ? out : join(process.cwd(), out)
  const target = diskTree(folder)
  const units = previewUnits(platform, environment).filter(({ name }) => tenant === undefined || name === tenant)
  const marker = 'preview.json'
  const earlier = readText(join(folder, marker))
  if (earlier === undefined && target.names('').length > 0) {
    throw inputError(out, 'the folder holds files that no preview wrote', 'name an empty folder')
  }
  const before = new Set(earlier === undefined ? [] : (JSON.parse(earlier).files as string[]))
  const after = new Map<string, string>()
  for (const unit of units) {
    for (const [path, text] of render(unit, generator(), platform.locate)) after.set(`${unit.name}/${path}`, text)
  }
  const changes: FileChange[] = [...new Set([...before, ...after.keys()])]
    .sort()
    .map(path => ({ path, before: target.read(path), after: after.get(path) }))
  const record = `${JSON.stringify({ environment, files: [...after.keys()].sort() }, null, 2)}\n`
  applyChanges(folder, [...changes, { path: marker, before: earlier, after: record }])
  const manifests = [...after.keys()].filter(isManifest).length
  const lines = [
    `${count(units.length, 'unit')} of ${environment}, ${count(manifests, 'manifest')}, in ${relative(process.cwd(), folder) || '.'}`,
    ...assumptions([...after].map(([path, text]) => ({ path, after: text }))),
  ]
  return {
    code: 0,
    text: lines.join('\n'),
    data: { environment, units: units.map(({ name }) => name), manifests, out: folder },
  }
}

function write({ env, tenant }: Options, terminal: Terminal): Outcome {
  const started = performance.now()
  const { root, platform, reader } = openWorkspace()
  if (env !== undefined) requireEnvironment(platform, env)
  if (tenant !== undefined) requireTenant(platform, tenant)
  const plans = planSynth({
    platform,
    generator: generator(),
    reader,
    ...(env === undefined ? {} : { environment: env }),
    ...(tenant === undefined ? {} : { tenant }),
  })
  const annexes = planAnnexes(platform, generator(), reader, pageTemplates())
  applyChanges(root, [...plans.flatMap(({ changes }) => changes), ...annexes])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return {
    code: 0,
    text: [
      ...summary(plans, terminal),
      ...annexSummary(annexes),
      ...assumptions(plans.filter(({ state }) => state === 'added').flatMap(({ changes }) => changes)),
      '',
      `${total(plans)} in ${seconds} s`,
    ].join('\n'),
    data: {
      units: plans.map(({ environment, unit, state, changes }) => ({ environment, unit, state, ...tally(changes) })),
      annexes: annexes.map(({ path }) => path),
    },
  }
}

/** Runs after every change of the spec, until somebody stops it. */
async function watching(options: Options, terminal: Terminal): Promise<Outcome> {
  const { root } = openWorkspace()
  const once = () => {
    try {
      process.stdout.write(`${write(options, terminal).text}\n`)
    } catch (error) {
      process.stderr.write(report(error))
    }
  }
  once()
  let timer: NodeJS.Timeout | undefined
  return new Promise(() => {
    watch(root, { recursive: true }, (_event, file) => {
      // What synth writes itself is no reason to run again.
      const ours = [ENVIRONMENTS, ...ANNEX_FOLDERS].some(folder => file?.startsWith(`${folder}/`))
      if (file === null || !/\.ya?ml$/.test(file) || ours) return
      clearTimeout(timer)
      timer = setTimeout(once, 100)
    })
  })
}

function isManifest(path: string): boolean {
  return path.endsWith('.yaml') && !path.endsWith('/kustomization.yaml')
}

function tally(changes: readonly FileChange[]): { added: number; changed: number; removed: number } {
  const manifests = changes.filter(({ path }) => isManifest(path))
  return {
    added: manifests.filter(({ before }) => before === undefined).length,
    changed: manifests.filter(({ before, after }) => before !== undefined && after !== undefined).length,
    removed: manifests.filter(({ after }) => after === undefined).length,
  }
}

/** A line for each unit that changes; the others are counted. */
function summary(plans: readonly UnitPlan[], { colors }: Terminal): string[] {
  const name = ({ environment, unit }: UnitPlan) => `${environment}/${unit}`
  const width = Math.max(0, ...plans.map(plan => name(plan).length))
  const paint: Readonly<Record<string, (text: string) => string>> = {
    added: colors.green,
    changed: colors.yellow,
    removed: colors.red,
  }
  const lines = plans
    .filter(({ state }) => state in paint)
    .map(plan => {
      const { added, changed, removed } = tally(plan.changes)
      const parts = [
        added > 0 ? colors.green(`+${added}`) : '',
        changed > 0 ? colors.yellow(`~${changed}`) : '',
        removed > 0 ? colors.red(`−${removed}`) : '',
      ].filter(part => part !== '')
      return `${name(plan).padEnd(width)}  ${(paint[plan.state] ?? String)(plan.state)}  ${parts.join(' ')}`.trimEnd()
    })
  for (const plan of plans.filter(({ state }) => state === 'waiting')) {
    lines.push(`${name(plan).padEnd(width)}  ${colors.dim('waits for its first promotion')}`)
  }
  for (const plan of plans.filter(({ state }) => state === 'left')) {
    lines.push(`${name(plan).padEnd(width)}  ${colors.dim(`left as waybill ${plan.generator ?? ''} rendered it`)}`)
  }
  return lines
}

/** A line for each folder beside the units in which something changes. */
function annexSummary(changes: readonly FileChange[]): string[] {
  const folders = [...new Set(changes.map(({ path }) => path.slice(0, path.indexOf('/') + 1)))]
  return folders.map(folder => {
    const within = changes.filter(({ path }) => path.startsWith(folder))
    return `${folder}  ${count(within.length, 'file')} written or removed`
  })
}

function total(plans: readonly UnitPlan[]): string {
  const { added, changed, removed } = tally(plans.flatMap(({ changes }) => changes))
  const unchanged = plans.filter(({ state }) => state === 'unchanged').length
  return `${count(plans.length, 'unit')}: ${count(added, 'manifest')} added, ${changed} changed, ${removed} removed; ${count(unchanged, 'unit')} unchanged`
}

/** What the files of new units take for granted of a cluster; nothing when there are none. */
function assumptions(files: readonly Pick<FileChange, 'path' | 'after'>[]): string[] {
  const manifests = files
    .filter(({ path }) => isManifest(path))
    .flatMap(({ path, after }) => parseManifests(path, after ?? '').sources.map(({ manifest }) => manifest))
  const lines = assumptionsOf(manifests).map(({ what, names }) => `  ${what}: ${names.join(', ')}`)
  return lines.length === 0 ? [] : ['', 'assumes in the cluster:', ...lines]
}
