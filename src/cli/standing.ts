import type { Command } from 'commander'
import { findRoot, requireRoot } from '../files.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Environment, PLATFORM_FILE, type Platform } from '../spec/platform.ts'
import { InputError, inputError, type Problem } from '../spec/problem.ts'
import { ENVIRONMENTS, unitFolder } from '../synth/layout.ts'
import type { Tree } from '../synth/tree.ts'
import { readManifests } from './manifest-files.ts'
import { collect, collectFrom } from './paths.ts'
import { generator, openWorkspace, platformIn, requireEnvironment, type Workspace } from './workspace.ts'

/** Files that make one environment. */
export interface Standing {
  /** Absent for YAML of no platform. */
  readonly environment?: Environment
  readonly files: Tree
  /** Nothing has been promoted there yet: the files are what the spec would make of it. */
  readonly preview: boolean
}

/** How the commands that compute over one environment are told which. */
export function manifestsArgument(command: Command): Command {
  return command
    .argument(
      '[paths...]',
      'files, folders, globs, or - for standard input; without any, an environment of the platform',
    )
    .option('-e, --env <environment>', 'the environment of the platform')
}

/** The files of an environment; while there are none, those that it would hold if all were promoted. */
export async function standingIn(
  { platform, reader }: Pick<Workspace, 'platform' | 'reader'>,
  environment: Environment,
): Promise<Standing> {
  const files = reader.below(`${ENVIRONMENTS}/${environment.name}`)
  if (files.size > 0) return { environment, files, preview: false }
  // Only here are the charts needed, and loading them takes longer than all the rest.
  const [{ previewUnits }, { render }] = await Promise.all([import('../synth/plan.ts'), import('../synth/render.ts')])
  const rendered = previewUnits(platform, environment.name).flatMap(unit =>
    [...render(unit, generator(), platform.locate)].map(([path, text]): [string, string] => [
      `${unitFolder(environment.name, unit.name)}/${path}`,
      text,
    ]),
  )
  return { environment, files: new Map(rendered), preview: true }
}

/**
 * What a command about one environment is asked of: any YAML, or an environment of the platform around the working folder.
 *
 * @param name of the environment; needed where the platform has several
 * @throws InputError when that is not one environment
 */
export async function standingFor(paths: readonly string[], name: string | undefined): Promise<Standing> {
  if (paths.length > 0) {
    refuseBoth(name)
    const { files, unreadable } = await collect(paths, process.cwd())
    if (unreadable.length > 0) {
      throw new InputError(unreadable.map(({ file = '', reason }) => ({ file, message: reason })))
    }
    return { files, preview: false }
  }
  const workspace = openWorkspace()
  return standingIn(workspace, environmentAsked(workspace.platform, name))
}

/** The same of an earlier commit. What was not there then holds no files. */
export async function standingBefore(
  paths: readonly string[],
  name: string | undefined,
  revision: string,
): Promise<Standing> {
  const { openGit } = await import('../git.ts')
  const found = findRoot(process.cwd())
  const root = paths.length > 0 ? (found ?? process.cwd()) : requireRoot(process.cwd())
  const git = openGit(root)
  const reader = git.tree(git.resolve(revision))
  if (paths.length > 0) {
    refuseBoth(name)
    if (paths.includes('-')) throw inputError('--against', 'standard input has no earlier revision', 'name the files')
    return { files: await collectFrom(reader, paths, root), preview: false }
  }
  const now = environmentAsked(openWorkspace().platform, name)
  if (reader.read(PLATFORM_FILE) === undefined) return { files: new Map(), preview: false }
  const platform = platformIn(reader)
  const environment = platform.environments.find(each => each.name === now.name)
  return environment === undefined
    ? { files: new Map(), preview: false }
    : standingIn({ platform, reader }, environment)
}

function refuseBoth(environment: string | undefined): void {
  if (environment === undefined) return
  throw inputError('--env', 'paths and an environment are two different questions', 'leave out one of them')
}

/** @throws InputError when the name is missing where there are several, or is the name of none */
function environmentAsked(platform: Platform, name: string | undefined): Environment {
  const [only, ...others] = platform.environments
  if (name !== undefined || only === undefined) return requireEnvironment(platform, name ?? '')
  if (others.length === 0) return only
  const names = platform.environments.map(environment => environment.name).join(', ')
  throw inputError(
    '--env',
    'the platform has several environments, and each is a cluster of its own',
    `one of ${names}`,
  )
}

/**
 * The manifests in files.
 *
 * @throws InputError naming everything that does not parse, and when there is no manifest at all: of what nobody has
 *   read nothing can be told
 */
export function manifestsIn(files: Tree): readonly Source[] {
  const sources = anyManifestsIn(files)
  if (sources.length === 0) throw inputError([...files.keys()][0] ?? '.', 'there is no manifest to look at')
  return sources
}

/** The manifests in files, of which there may be none. @throws InputError naming everything that does not parse */
export function anyManifestsIn(files: Tree): readonly Source[] {
  const { sources, problems: found } = readManifests(files)
  const problems = found.map(
    ({ file, range: { start, end }, message }): Problem => ({
      file,
      start,
      length: Math.max(1, end.line === start.line ? end.column - start.column : 1),
      message,
    }),
  )
  if (problems.length > 0) throw new InputError(problems)
  return sources
}
