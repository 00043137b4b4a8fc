import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { diskTree, findRoot } from '../files.ts'
import { type LintResult, SEVERITIES, type Severity } from '../lint/finding.ts'
import { exitCode } from '../lint/verdict.ts'
import { PROFILES, type Profile } from '../manifest/manifest-index.ts'
import { FORMATS, type Format, REPORTERS } from '../report/reporter.ts'
import { registryOf } from '../schema/registry.ts'
import { PLATFORM_FILE, type Platform, REACH_FILE } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { type Bench, benchFor, enginePolicies, type Judged, judgeAll, judgeRead, readEnvironments } from './judge.ts'
import { collect, collectFrom } from './paths.ts'
import { version } from './version.ts'

export function define(command: Command): Command {
  return command
    .argument(
      '[paths...]',
      'files, folders, globs, or - for standard input; without any, every environment of the platform',
    )
    .option(
      '--format <format[=file]>',
      `how to print: ${FORMATS.join(', ')}; several at once with files`,
      gather,
      [] as string[],
    )
    .addOption(
      new Option('--fail-on <severity>', 'the least severity that fails').choices([...SEVERITIES]).default('error'),
    )
    .addOption(new Option('--profile <profile>', 'how strictly to judge YAML of no platform').choices([...PROFILES]))
    .option('--policies <path>', 'policies besides the built-in ones; may be given again', gather, [] as string[])
    .option('--against <revision>', 'fail only on what is new since that commit')
    .option('--strict', 'a kind that nobody knows is exit 2')
    .option('--fix', 'put right in the files what has exactly one right answer, and judge them again')
    .option('--fix-dry-run', 'the same, and write nothing')
    .addOption(atOption())
    .addHelpText(
      'after',
      `
Policies of your own are ValidatingAdmissionPolicies: those in policies/ beside platform.yaml and those that --policies
names run besides the built-in ones, bound by the bindings and parameters that lie with them. Policies and bindings that
are among the manifests to be judged are judged like any manifest, and not run.

Examples:
  waybill lint                                     every environment, each by its own profile
  waybill lint k8s/ deploy.yaml                    any YAML, no platform needed
  waybill lint --format text --format sarif=lint.sarif
  waybill lint k8s/ --fix                          mends what is mechanical, and says what remains
  waybill lint k8s/ --policies k8s/admission/      judges k8s/, by the policies in it too
  helm template . | waybill lint -`,
    )
}

interface Options {
  readonly format: readonly string[]
  readonly failOn: Severity
  readonly profile?: Profile
  readonly policies?: readonly string[]
  readonly against?: string
  readonly strict?: boolean
  readonly at?: string
  readonly fix?: boolean
  readonly fixDryRun?: boolean
}

/** What is asked, whatever tree it is asked of. */
interface Question {
  readonly paths: readonly string[]
  readonly options: Options
  /** Seconds since 1970. */
  readonly at: number
  /** The files that `--policies` names. */
  readonly given: Tree
}

export async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  const at = instantOf(options.at)
  const outputs = outputsOf(options.format)
  const root = findRoot(process.cwd())
  const reader = root === undefined ? undefined : diskTree(root)
  const question: Question = { paths, options, at, given: (await collect(options.policies ?? [], process.cwd())).files }
  const isMending = options.fix === true || options.fixDryRun === true
  const mending = isMending ? await import('./mending.ts') : undefined
  if (options.fix) mending?.completeEarlier()
  const asked = paths.length === 0 ? await judgePlatform(reader, question) : await judgePaths(reader, question)
  const base = (paths.length === 0 ? root : undefined) ?? process.cwd()
  const mended = await mending?.mended(asked, base, options.fixDryRun === true)
  const head = mended ?? asked
  const result = options.against === undefined ? head.result : await carried(head.result, root, question)
  const context = {
    version: version(),
    textOf: (file: string) => head.texts.get(file) ?? question.given.get(file) ?? reader?.read(file),
    policies: [...head.bench.policies, ...enginePolicies(registryOf(head.bench.schemas))],
    failOn: options.failOn,
    colors: terminal.colors,
  }
  let text = outputs.some(({ format, file }) => format === 'text' && file === undefined) ? (mended?.said ?? '') : ''
  for (const { format, file } of outputs) {
    const report = (await REPORTERS[format]())(result, context)
    if (file === undefined) text += report
    else writeFileSync(file, report)
  }
  return { code: exitCode(result, options.failOn, { strict: options.strict === true }), text, data: {} }
}

export interface JudgedFiles {
  readonly result: LintResult
  readonly texts: Tree
  readonly bench: Bench
  /** The same judgement of other texts of these files. */
  readonly judge: (texts: Tree) => Promise<LintResult>
}

/** Every environment of a platform, as it stands in a tree. */
export async function judgePlatform(
  reader: TreeReader | undefined,
  { at, given }: Pick<Question, 'at' | 'given'>,
): Promise<JudgedFiles> {
  if (reader === undefined) {
    throw inputError(
      'lint',
      `no ${PLATFORM_FILE} here or in any folder above`,
      'name files or folders to judge YAML of no platform',
    )
  }
  const platform = await platformOf(reader)
  const { judgedOf } = await import('./judged-environment.ts')
  const groupsOf = (changed: Tree) =>
    platform.environments.map(environment => {
      const files = reader.below(`${ENVIRONMENTS}/${environment.name}`)
      return judgedOf(
        platform,
        environment,
        new Map([...files].map(([path, text]) => [path, changed.get(path) ?? text])),
      )
    })
  const groups = groupsOf(new Map())
  const environments = readEnvironments(groups)
  const bench = await benchFor(reader, platform, at, given, environments)
  const texts = new Map(groups.flatMap(({ files }) => [...files]))
  const judge = async (changed: Tree) => {
    const read = readEnvironments(groupsOf(changed))
    return judgeRead(read, await benchFor(reader, platform, at, given, read), true)
  }
  return { result: judgeRead(environments, bench, true), texts, bench, judge }
}

/** Reading a platform takes as long as linting a small file: only who has one waits for it. */
async function platformOf(reader: TreeReader): Promise<Platform> {
  const { platformIn } = await import('./workspace.ts')
  return platformIn(reader)
}

/** YAML from anywhere, as one environment; a preview of ours is judged as the environment that it shows. */
async function judgePaths(
  reader: TreeReader | undefined,
  { paths, options, at, given }: Question,
): Promise<JudgedFiles> {
  const { files, environment: name } = await collect(paths, process.cwd())
  const platform = reader === undefined || name === undefined ? undefined : await platformOf(reader)
  const environment = platform?.environments.find(candidate => candidate.name === name)
  const group =
    platform === undefined || environment === undefined
      ? await foreign(files, reader ?? diskTree(process.cwd()))
      : (await import('./judged-environment.ts')).judgedOf(platform, environment, files)
  const facts = options.profile === undefined ? group.facts : { ...group.facts, profile: options.profile }
  const environments = readEnvironments([{ ...group, facts }])
  const bench = await benchFor(reader, platform, at, given, environments)
  const judge = async (changed: Tree) => {
    const read = readEnvironments([{ ...group, facts, files: changed }])
    // What could find nothing before was not loaded, and may find something now.
    return judgeRead(read, await benchFor(reader, platform, at, given, read), false)
  }
  return { result: judgeRead(environments, bench, false), texts: files, bench, judge }
}

/** Files of no platform; what `reach.yaml` states beside them is proven of them too. */
async function foreign(files: Tree, reader: TreeReader): Promise<Judged> {
  const group = { facts: { profile: 'standard' as const }, overrides: {}, reach: undefined, files }
  const text = reader.read(REACH_FILE)
  if (text === undefined) return group
  const [{ readFlowFile }, { judgeReach }] = await Promise.all([
    import('../spec/flow.ts'),
    import('../lint/reach-assertions.ts'),
  ])
  const statements = (readFlowFile(text)?.flows ?? []).filter(({ value }) => value.environments === undefined)
  return { ...group, reach: index => judgeReach(index, { statements }) }
}

/** What stood in the earlier commit already, marked as such. */
async function carried(head: LintResult, root: string | undefined, question: Question): Promise<LintResult> {
  const { carry } = await import('../lint/baseline.ts')
  return carry(head, await baseline(root, question))
}

/** The same question about an earlier commit. */
async function baseline(root: string | undefined, question: Question): Promise<LintResult> {
  const { paths, options, at, given } = question
  const { openGit } = await import('../git.ts')
  const git = openGit(root ?? process.cwd())
  const tree = git.tree(git.resolve(options.against ?? 'HEAD'))
  if (paths.length === 0) return (await judgePlatform(tree, question)).result
  const bench = await benchFor(tree, undefined, at, given)
  const files = await collectFrom(tree, paths, root ?? process.cwd())
  const group = await foreign(files, tree)
  return judgeAll([{ ...group, facts: { profile: options.profile ?? 'standard' } }], bench, false)
}

function gather(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}

function outputsOf(wanted: readonly string[]): { format: Format; file: string | undefined }[] {
  const outputs = (wanted.length === 0 ? ['text'] : wanted).map(text => {
    const [format = '', ...file] = text.split('=')
    if (!FORMATS.includes(format as Format)) {
      throw inputError('--format', `there is no format "${format}"`, `one of ${FORMATS.join(', ')}`)
    }
    return { format: format as Format, file: file.length === 0 ? undefined : file.join('=') }
  })
  if (outputs.filter(({ file }) => file === undefined).length > 1) {
    throw inputError(
      '--format',
      'two formats cannot both go to the screen',
      'give one of them a file: --format sarif=lint.sarif',
    )
  }
  return outputs
}
