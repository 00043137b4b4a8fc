import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { dayOf } from '../clock.ts'
import { diskTree, findRoot } from '../files.ts'
import { type LintResult, type NotEvaluated, SEVERITIES, type Severity } from '../lint/finding.ts'
import { exitCode } from '../lint/verdict.ts'
import { PROFILES, type Profile } from '../manifest/manifest-index.ts'
import { FORMATS, type Format, REPORTERS } from '../report/reporter.ts'
import { inputError } from '../spec/problem.ts'
import type { Tree } from '../synth/tree.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { type Asking, type Judgement, type LintCache, lintCacheIn, NO_CACHE, remembered } from './lint-cache.ts'
import type { MendableFiles } from './lint-judgement.ts'
import { type Collected, collect, collectFrom } from './paths.ts'
import { digestOf, partsOf, type RecordedTree, recordedTree } from './recorded-tree.ts'
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
    .option('-w, --watch', 'run again whenever a file changes')
    .addOption(
      new Option('--fix', 'put right in the files what has exactly one right answer, and judge them again').conflicts(
        'watch',
      ),
    )
    .addOption(new Option('--fix-dry-run', 'the same, and write nothing').conflicts(['fix', 'watch']))
    .option('--no-cache', 'judge anew what an earlier run has judged, and remember nothing')
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
  waybill lint k8s/ --watch                        again after every change, until Ctrl-C
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
  readonly watch?: boolean
  readonly cache?: boolean
  readonly at?: string
  readonly fix?: boolean
  readonly fixDryRun?: boolean
}

export async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  const outputs = outputsOf(options.format)
  if (options.watch !== true) return lintOnce(paths, options, outputs, terminal)
  const { keepLinting } = await import('./lint-watch.ts')
  const files = outputs.flatMap(({ file }) => file ?? [])
  return keepLinting([...paths, ...(options.policies ?? [])], files, terminal, () =>
    lintOnce(paths, options, outputs, terminal),
  )
}

async function lintOnce(
  paths: readonly string[],
  options: Options,
  outputs: readonly Output[],
  terminal: Terminal,
): Promise<Outcome> {
  const mending = options.fix || options.fixDryRun ? await import('./mending.ts') : undefined
  if (options.fix) mending?.completeEarlier()
  const question = await questionOf(paths, options)
  const base = (paths.length === 0 ? question.root : undefined) ?? process.cwd()
  const mended = mending && (await mending.mended(await judgeNow(question), base, options.fixDryRun === true))
  const head =
    mended === undefined ? await recalled(question) : (await import('./lint-judgement.ts')).judgementOf(mended)
  const { result, policies } = await newSince(question.against, head, question)
  const context = {
    version: version(),
    textOf: (file: string) =>
      mended?.texts.get(file) ??
      question.input?.files.get(file) ??
      question.given.get(file) ??
      question.home.textOf(file),
    policies,
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

/** All that an answer depends on, read. */
interface Question {
  readonly paths: readonly string[]
  /** What the paths name; absent when every environment of the platform is meant. */
  readonly input: Collected | undefined
  /** The folder of the platform, if there is one. */
  readonly root: string | undefined
  /** That folder, or else the one that the paths are typed in. */
  readonly home: RecordedTree
  readonly profile: Profile | undefined
  readonly against: string | undefined
  /** Seconds since 1970. */
  readonly at: number
  /** The files that `--policies` names. */
  readonly given: Tree
  /** Those of them that cannot be read. */
  readonly ungiven: readonly NotEvaluated[]
  readonly cache: LintCache
}

async function questionOf(paths: readonly string[], options: Options): Promise<Question> {
  const cwd = process.cwd()
  const root = findRoot(cwd)
  const { profile, against } = options
  const given = await collect(options.policies ?? [], cwd)
  return {
    paths,
    input: paths.length === 0 ? undefined : await collect(paths, cwd),
    root,
    home: recordedTree(diskTree(root ?? cwd)),
    profile,
    against,
    at: instantOf(options.at),
    given: given.files,
    ungiven: given.unreadable,
    cache: options.cache === false ? NO_CACHE : lintCacheIn(root ?? cwd),
  }
}

/** The answer of an earlier run to the same question, or a new one for later runs. */
async function recalled(question: Question): Promise<Judgement> {
  const { input, home, cache } = question
  const { environment = '', files = new Map(), unreadable = [] } = input ?? {}
  const content = [environment, JSON.stringify(unreadable), ...partsOf(files)]
  return remembered(cache, askingOf(question, [], content), home, async () => {
    const [judged, { judgementOf }] = await Promise.all([judgeNow(question), import('./lint-judgement.ts')])
    return judgementOf(judged)
  })
}

async function judgeNow(question: Question): Promise<MendableFiles> {
  const { input, root, home } = question
  const { judgeCollected, judgePlatform } = await import('./lint-judgement.ts')
  const reader = root === undefined ? undefined : home
  return input === undefined ? judgePlatform(reader, question) : judgeCollected(reader, home, input, question)
}

/** What stood in an earlier commit already is marked as carried. */
async function newSince(against: string | undefined, head: Judgement, question: Question): Promise<Judgement> {
  if (against === undefined) return head
  const { carry } = await import('../lint/baseline.ts')
  return { ...head, result: carry(head.result, await baseline(question, against)) }
}

/** The same question about an earlier commit. */
async function baseline(question: Question, against: string): Promise<LintResult> {
  const { paths, input, root, cache } = question
  const { openGit } = await import('../git.ts')
  const cwd = process.cwd()
  const git = openGit(root ?? cwd)
  const commit = git.resolve(against)
  // What stands in a commit never changes: its name says it all, and the tree need not be asked again.
  const nothing = recordedTree(git.tree(commit))
  const { result } = await remembered(cache, askingOf(question, [against], [commit]), nothing, async () => {
    const { judgeCommitted, judgementOf, judgePlatform } = await import('./lint-judgement.ts')
    const tree = git.tree(commit)
    return judgementOf(
      input === undefined
        ? await judgePlatform(tree, question)
        : await judgeCommitted(tree, await collectFrom(tree, paths, root ?? cwd), question),
    )
  })
  return result
}

function askingOf(
  { paths, profile, at, given, ungiven }: Question,
  more: readonly string[],
  content: readonly string[],
): Asking {
  return {
    name: [process.cwd(), profile ?? '', ...more, ...paths],
    input: [dayOf(at), JSON.stringify(ungiven), digestOf(partsOf(given)), ...content],
  }
}

function gather(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}

interface Output {
  readonly format: Format
  /** Absent: the screen. */
  readonly file: string | undefined
}

function outputsOf(wanted: readonly string[]): readonly Output[] {
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
