import { Option } from 'commander'
import { FORGES, type ForgeName, openForge } from '../forge/choice.ts'
import type { CommitState, Forge, Waiting } from '../forge/forge.ts'
import { type Author, type Commit, type Git, openGit } from '../git.ts'
import type { Held } from '../promote/candidate.ts'
import { type StatusOf, statusNames } from '../promote/health-gate.ts'
import { HOLDS_FILE, readHolds } from '../promote/hold.ts'
import type { World } from '../promote/plan.ts'
import { environmentsOf, PLATFORM_FILE, type Platform, sourceOf } from '../spec/platform.ts'
import { InputError } from '../spec/problem.ts'
import { unitsOf } from '../spec/unit.ts'
import { UNIT_FILE, unitFolder } from '../synth/layout.ts'
import { recordedUnit } from '../synth/plan.ts'
import type { TreeReader } from '../synth/tree.ts'
import { readUnitFile } from '../synth/unit-file.ts'
import { calendarsIn } from './calendars.ts'
import { people } from './head.ts'
import { environmentJudge } from './judge.ts'
import { pricesIn } from './prices.ts'
import { generator, platformIn } from './workspace.ts'

/** A repository whose environments can be promoted. */
export interface Road {
  readonly git: Git
  readonly forge: Forge
  /** The branch that pull requests go into, and its commit. */
  readonly base: string
  readonly tip: string
  readonly world: World
}

/** Which base and which forge a command is told to use. */
export interface RoadOptions {
  readonly base?: string
  readonly forge?: ForgeName
}

/**
 * Opens the road of the platform in `root`: everything is read from the base branch as the forge has it, nothing from the
 * work tree.
 */
export async function openRoad(root: string, options: RoadOptions, at: number, waiting: Waiting): Promise<Road> {
  const git = openGit(root)
  const forge = await openForge(git, options.forge, process.env, waiting)
  const base = options.base ?? git.currentBranch() ?? 'main'
  const tip = await forge.tip(base)
  const here = git.tip(base)
  if (here !== undefined && here !== tip)
    waiting.progress(`"${base}" is another commit here than on the forge, whose counts`)
  return { git, forge, base, tip, world: await worldAt(git, forge, tip, at) }
}

/** `--forge`, for every command that has to do with pull requests. */
export function forgeOption(): Option {
  return new Option(
    '--forge <forge>',
    'where pull requests are (default: github with a token and an origin there)',
  ).choices(FORGES)
}

/** The world as a commit has it. */
export async function worldAt(git: Git, forge: Forge, commit: string, at: number): Promise<World> {
  const base = git.tree(commit)
  const platform = platformIn(base)
  const trees = new Map<string, { reader: TreeReader; platform: Platform }>([[commit, { reader: base, platform }]])
  const histories = new Map<string, readonly Held[]>()
  const history = (environment: string, unit: string): readonly Held[] => {
    const key = `${environment}/${unit}`
    const known = histories.get(key) ?? historyOf(git, commit, environment, unit)
    histories.set(key, known)
    return known
  }
  return {
    platform,
    base,
    generator: generator(),
    holds: readHolds(base.read(HOLDS_FILE)),
    calendars: calendarsIn(base, platform),
    now: at,
    history,
    status: await statusIn(git, forge, commit, questionsOf(platform, base, history)),
    at: id => {
      const known = trees.get(id)
      if (known !== undefined) return known
      const reader = git.tree(id)
      const opened = { reader, platform: platformIn(reader) }
      trees.set(id, opened)
      return opened
    },
    authors: (unit, from, to) =>
      authorsOf(git, commit, platform, environment => history(environment, unit), unit, from, to),
    prices: () => pricesIn(base),
    judge: await environmentJudge(platform, base, at),
  }
}

/** Commits of the base that are asked about, from the newest one back: whoever is further behind has to report anew. */
const LOOK_BACK = 20

/** A status that decides whether a revision may go, and the time in which the source held that. */
interface Question {
  readonly name: string
  readonly held: Held
}

/** What is to be known of the revisions that the target has not had yet: where nothing could go, nothing is asked. */
function questionsOf(
  platform: Platform,
  base: TreeReader,
  history: (environment: string, unit: string) => readonly Held[],
): readonly Question[] {
  return platform.environments.flatMap(target =>
    unitsOf(platform, target).flatMap(unit => {
      const names = statusNames(target, unit.name)
      const source = names.length === 0 ? undefined : sourceOf(platform, unit.name, target.name)
      if (source === undefined) return []
      const all = history(source.name, unit.name)
      const present = recordedUnit(base, target.name, unit.name)?.revision
      const last = all.findIndex(({ revision }) => revision === present)
      return (last === -1 ? all : all.slice(0, last)).flatMap(held => names.map(name => ({ name, held })))
    }),
  )
}

/**
 * What the forge has heard about the commits of a base, asked from the newest one back until every question is answered or
 * can no longer be.
 */
async function statusIn(git: Git, forge: Forge, tip: string, questions: readonly Question[]): Promise<StatusOf> {
  const heard: (Pick<Commit, 'id' | 'time'> & { readonly states: ReadonlyMap<string, CommitState> })[] = []
  const answer: StatusOf = (name, held) => {
    const found = heard.find(({ time, states }) => wasHeld(held, time) && states.has(name))
    const state = found?.states.get(name)
    return found === undefined || state === undefined ? undefined : { commit: found.id, state }
  }
  if (questions.length === 0) return answer
  try {
    for (const { id, time } of git.log(tip, '.').slice(0, LOOK_BACK)) {
      const open = questions.filter(({ name, held }) => time >= held.since && answer(name, held) === undefined)
      if (open.length === 0) break
      if (open.some(({ held }) => wasHeld(held, time))) heard.push({ id, time, states: await forge.statuses(id) })
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const unknown = error.problems[0]?.message ?? error.message
    return () => ({ unknown })
  }
  return answer
}

function wasHeld({ since, until }: Held, time: number): boolean {
  return time >= since && (until === undefined || time < until)
}

/** Revisions that a unit has held on the first-parent line, newest first. */
function historyOf(git: Git, tip: string, environment: string, unit: string): Held[] {
  const file = `${unitFolder(environment, unit)}/${UNIT_FILE}`
  const commits = git.log(tip, file)
  const texts = git.contents(commits.map(({ id }) => ({ commit: id, path: file })))
  const held: Held[] = []
  let until: number | undefined
  for (const [index, { id, time }] of commits.entries()) {
    const text = texts[index]
    const revision = text === undefined ? undefined : readUnitFile(file, text).revision
    const last = held.at(-1)
    if (revision !== undefined && last?.revision === revision && last.since === until)
      held[held.length - 1] = { ...last, since: time }
    else if (revision !== undefined)
      held.push({ revision, since: time, ...(until === undefined ? {} : { until }), commit: index === 0 ? tip : id })
    until = time
  }
  return held
}

/**
 * People whose commits made one revision of a unit into another. They are found where the unit begins: everywhere else it
 * was the bot that committed, and the bot is nobody.
 */
function authorsOf(
  git: Git,
  tip: string,
  platform: Platform,
  history: (environment: string) => readonly Held[],
  unit: string,
  from: string | undefined,
  to: string,
): readonly Author[] {
  const first = environmentsOf(platform, unit)[0]?.name
  if (first === undefined) return []
  const start = history(first).find(({ revision }) => revision === from)
  const end = history(first).find(({ revision }) => revision === to)
  const spec = platform.tenants.find(({ name }) => name === unit)?.file
  const paths = [unitFolder(first, unit), ...(spec === undefined || spec === PLATFORM_FILE ? [] : [spec])]
  return people(git.authors(start?.commit, end?.commit ?? tip, paths))
}
