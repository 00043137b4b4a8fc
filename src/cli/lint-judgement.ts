import type { LintResult, NotEvaluated } from '../lint/finding.ts'
import type { Profile } from '../manifest/manifest-index.ts'
import { registryOf } from '../schema/registry.ts'
import { PLATFORM_FILE, type Platform, REACH_FILE } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'
import { type Bench, benchFor, enginePolicies, type Judged, judgeRead, readEnvironments } from './judge.ts'
import type { Judgement } from './lint-cache.ts'
import { type Collected, filesBelow } from './paths.ts'

/** What a judgement depends on besides what is judged. */
export interface Circumstances {
  /** Seconds since 1970. */
  readonly at: number
  /** The files of more policies. */
  readonly given: Tree
  /** Those of them that cannot be read. */
  readonly ungiven: readonly NotEvaluated[]
}

/** For YAML of no platform. */
export interface ForeignCircumstances extends Circumstances {
  readonly profile: Profile | undefined
}

export interface JudgedFiles {
  readonly result: LintResult
  readonly texts: Tree
  readonly bench: Bench
}

/** Files that may be changed and judged again. */
export interface MendableFiles extends JudgedFiles {
  /** The same judgement of other texts of these files; what is not among them stays as it is. */
  readonly judge: (changed: Tree) => Promise<LintResult>
}

/** What reports need of it, whoever keeps it meanwhile. */
export function judgementOf({ result, bench }: JudgedFiles): Judgement {
  const policies = [...bench.policies, ...enginePolicies(registryOf(bench.schemas))]
  return {
    result,
    policies: policies.map(({ name, family, title, fix, severity }) => ({ name, family, title, fix, severity })),
  }
}

/** Every environment of a platform, as it stands in a tree. */
export async function judgePlatform(
  reader: TreeReader | undefined,
  { at, given, ungiven }: Circumstances,
): Promise<MendableFiles> {
  if (reader === undefined) {
    throw inputError(
      'lint',
      `no ${PLATFORM_FILE} here or in any folder above`,
      'name files or folders to judge YAML of no platform',
    )
  }
  const platform = await platformOf(reader)
  const { judgedOf } = await import('./judged-environment.ts')
  const found = platform.environments.map(environment => ({
    environment,
    ...filesBelow(reader, `${ENVIRONMENTS}/${environment.name}`),
  }))
  const unreadable = [...ungiven, ...found.flatMap(one => one.unreadable)]
  const judgeWith = async (changed: Tree) => {
    const groups = found.map(({ environment, files }) => judgedOf(platform, environment, withChanges(files, changed)))
    const environments = readEnvironments(groups)
    const bench = knowing(unreadable, await benchFor(reader, platform, at, given, environments))
    return { result: judgeRead(environments, bench, true), bench }
  }
  const texts = new Map(found.flatMap(({ files }) => [...files]))
  const judge = async (changed: Tree) => (await judgeWith(changed)).result
  return { ...(await judgeWith(new Map())), texts, judge }
}

function withChanges(files: Tree, changed: Tree): Tree {
  if (changed.size === 0) return files
  return new Map([...files].map(([path, text]) => [path, changed.get(path) ?? text]))
}

/** A file that cannot be read is as little judged as one that does not parse. */
function knowing(unreadable: readonly NotEvaluated[], bench: Bench): Bench {
  return { ...bench, problems: [...bench.problems, ...unreadable] }
}

/** Reading a platform takes as long as linting a small file: only who has one waits for it. */
async function platformOf(reader: TreeReader): Promise<Platform> {
  const { platformIn } = await import('./workspace.ts')
  return platformIn(reader)
}

/**
 * YAML from anywhere, as one environment; a preview of ours is judged as the environment that it shows.
 *
 * @param reader the platform around it, if there is one
 * @param home the folder that the paths are typed in, or that of the platform
 */
export async function judgeCollected(
  reader: TreeReader | undefined,
  home: TreeReader,
  { files, unreadable, environment: name }: Collected,
  { profile, at, given, ungiven }: ForeignCircumstances,
): Promise<MendableFiles> {
  const platform = reader === undefined || name === undefined ? undefined : await platformOf(reader)
  const environment = platform?.environments.find(candidate => candidate.name === name)
  const group =
    platform === undefined || environment === undefined
      ? await foreign(files, home)
      : (await import('./judged-environment.ts')).judgedOf(platform, environment, files)
  const facts = profile === undefined ? group.facts : { ...group.facts, profile }
  const judgeWith = async (changed: Tree) => {
    const environments = readEnvironments([{ ...group, facts, files: withChanges(files, changed) }])
    // What could find nothing in the earlier texts was not loaded, and may find something in these.
    const bench = knowing([...ungiven, ...unreadable], await benchFor(reader, platform, at, given, environments))
    return { result: judgeRead(environments, bench, false), bench }
  }
  const judge = async (changed: Tree) => (await judgeWith(changed)).result
  return { ...(await judgeWith(new Map())), texts: files, judge }
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

/** The files that paths name in a commit, judged as they stood there. */
export async function judgeCommitted(
  tree: TreeReader,
  files: Tree,
  { profile, at, given }: ForeignCircumstances,
): Promise<JudgedFiles> {
  const environments = readEnvironments([
    { ...(await foreign(files, tree)), facts: { profile: profile ?? 'standard' } },
  ])
  const bench = await benchFor(tree, undefined, at, given, environments)
  return { result: judgeRead(environments, bench, false), texts: files, bench }
}
