import { basename, join, relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { diskTree, findRoot } from '../files.ts'
import { exampleFaults } from '../lint/example.ts'
import type { NotEvaluated } from '../lint/finding.ts'
import { type OwnPolicies, type OwnPolicy, ownPolicies } from '../lint/own-policies.ts'
import { parsePage } from '../lint/page.ts'
import { PROFILES } from '../manifest/manifest-index.ts'
import { count } from '../report/plural.ts'
import type { ReportedPolicy } from '../report/reporter.ts'
import { type Registry, registryOf } from '../schema/registry.ts'
import { builtSchemas } from '../schema-files.ts'
import { deskReason } from '../spec/cluster-policy.ts'
import { inputError } from '../spec/problem.ts'
import type { Tree } from '../synth/tree.ts'
import { singlePolicies } from './admission.ts'
import { builtInPolicies } from './catalogue.ts'
import type { Outcome } from './command.ts'
import { definitionsIn, manifestFiles, POLICIES_FOLDER, SCHEMAS_FOLDER } from './governance.ts'
import { enginePolicies } from './judge.ts'
import { isManifestFile } from './paths.ts'

export function define(command: Command): Command {
  return command
    .argument('[action]', 'list or test', 'list')
    .argument('[folder]', 'policies of your own; without it, policies/ beside platform.yaml')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
A policy of your own is a ValidatingAdmissionPolicy in a YAML file. Its page, <name of the policy>.md beside it, says why
it is there and is its test: fenced examples, \`\`\`yaml pass and \`\`\`yaml fail, the latter ending in the findings that it
must give, each as a comment "# line: message". Its annotation waybill.dev/edit says what \`waybill lint --fix\` does about a
finding: container.securityContext.privileged = false, or drop pod.hostNetwork, or only what is absent, with ?=.

Examples:
  waybill policy                     every policy, with its severity in each profile
  waybill policy test                runs the examples of every page in policies/
  waybill policy test k8s/admission`,
    )
}

const ACTIONS = { list, test }

export async function run(args: readonly string[]): Promise<Outcome> {
  const [action = 'list', folder] = args
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action as keyof typeof ACTIONS] : undefined
  if (act === undefined)
    throw inputError(action, 'there is no such action', `one of ${Object.keys(ACTIONS).join(', ')}`)
  return act(await open(folder))
}

/** What a folder of policies holds, beside what is built in. */
interface Opened extends OwnPolicies {
  readonly folder: string | undefined
  readonly builtIn: readonly ReportedPolicy[]
  readonly registry: Registry
  /** Pages by the path that a person would type. */
  readonly pages: Tree
}

async function open(named: string | undefined): Promise<Opened> {
  const root = findRoot(process.cwd())
  const folder = named ?? (root === undefined ? undefined : relative('', join(root, POLICIES_FOLDER)))
  const files = folder === undefined ? new Map<string, string>() : filesIn(folder)
  if (named !== undefined && files.size === 0) throw inputError(named, 'no such folder, or nothing in it')
  const only = (wanted: (path: string) => boolean) => new Map([...files].filter(([path]) => wanted(path)))
  const { definitions } = definitionsIn(manifestFiles(root === undefined ? undefined : diskTree(root), SCHEMAS_FOLDER))
  const registry = registryOf(builtSchemas(), definitions)
  const builtIn = [...(await builtInPolicies()), ...enginePolicies(registry)]
  return {
    folder,
    builtIn,
    registry,
    pages: only(path => path.endsWith('.md') && basename(path) !== 'README.md'),
    ...ownPolicies(only(isManifestFile), registry, new Set(builtIn.map(({ name }) => name))),
  }
}

function filesIn(folder: string): Map<string, string> {
  const tree = diskTree(resolve(folder))
  return new Map(tree.files('.').map(path => [join(folder, path), tree.read(path) ?? '']))
}

async function list({ builtIn, policies, problems }: Opened): Promise<Outcome> {
  const own = policies.map(({ policy, source }) => ({ ...described(policy), file: source.file }))
  const all = [...builtIn.map(described), ...own].sort((left, right) => (left.name < right.name ? -1 : 1))
  const manifests = [...singlePolicies(), ...policies.map(({ source }) => source)].map(({ manifest }) => manifest)
  const told = new Set(
    manifests.filter(manifest => deskReason(manifest) === undefined).map(({ metadata }) => metadata.name),
  )
  const rows = [
    ['POLICY', 'FAMILY', ...PROFILES.map(profile => profile.toUpperCase()), 'TITLE'],
    ...all.map(({ name, family, severity, title }) => [name, family, ...PROFILES.map(one => severity[one]), title]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return {
    code: problems.length === 0 ? 0 : 2,
    text: [...lines, '', toldLine(told.size, all.length), ...problems.map(problemLine)].join('\n'),
    data: { policies: all.map(policy => ({ ...policy, cluster: told.has(policy.name) })), notEvaluated: problems },
  }
}

function toldLine(told: number, all: number): string {
  return `${told} of ${all} policies look at one object at a time, so a cluster can be told of them too (environments.<name>.admission)`
}

function described({ name, family, severity, title, fix }: ReportedPolicy) {
  return { name, family, severity, title, fix }
}

function problemLine({ file = '', range, reason }: NotEvaluated): string {
  return `${file}${range === undefined ? '' : `:${range.start.line}`}: ${reason}`
}

async function test({ folder, policies, problems, pages, registry }: Opened): Promise<Outcome> {
  if (folder === undefined)
    throw inputError('policy test', 'no platform.yaml here or in any folder above', 'name a folder')
  if (pages.size === 0) throw inputError(folder, 'no page of a policy is in it', 'write <name of the policy>.md')
  const results = [...pages].map(([file, text]) => {
    const name = basename(file, '.md')
    const tested = policies.find(({ policy }) => policy.name === name)
    return { file, policy: name, ...(tested === undefined ? ORPHAN : runPage(tested, text, registry)) }
  })
  const untested = policies
    .map(({ policy }) => policy.name)
    .filter(name => !results.some(({ policy }) => policy === name))
  const failed = results.filter(({ faults }) => faults.length > 0)
  const lines = results.flatMap(({ file, policy, examples, faults }) =>
    faults.length === 0
      ? [`${policy}: ${count(examples, 'example')} as the page says`]
      : faults.map(({ line, message }) => `${file}:${line}: ${message}`),
  )
  const verdict = `${count(results.length, 'page')}, ${failed.length} failed`
  return {
    code: problems.length > 0 ? 2 : failed.length > 0 ? 1 : 0,
    text: [
      ...problems.map(problemLine),
      ...lines,
      ...untested.map(name => `${name} has no page, so nothing tests it`),
      verdict,
    ].join('\n'),
    data: { pages: results, untested, notEvaluated: problems },
  }
}

const ORPHAN = { examples: 0, faults: [{ line: 1, message: 'no policy beside it has the name of this page' }] }

function runPage(tested: OwnPolicy, text: string, registry: Registry) {
  const { page, problems } = parsePage(text)
  const faults = page.examples.flatMap(example => exampleFaults(tested, example, registry))
  return { examples: page.examples.length, faults: [...problems, ...faults] }
}
