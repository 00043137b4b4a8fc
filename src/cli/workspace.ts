import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { completePending, diskTree, platformTexts, requireRoot } from '../files.ts'
import { nearest } from '../manifest/nearest.ts'
import { timetablesOf } from '../promote/timetable.ts'
import { type Environment, environmentNamed, type Platform, type Tenant } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { readPlatform } from '../spec/read.ts'
import type { Templates } from '../synth/pages/template.ts'
import type { TreeReader } from '../synth/tree.ts'
import { rulingsIn, singlePolicies } from './admission.ts'
import { calendarsIn } from './calendars.ts'

/** A platform's folder on disk, read. */
export interface Workspace {
  readonly root: string
  readonly reader: TreeReader
  readonly platform: Platform
}

/** Opens the platform around the working directory, and completes what a killed run left behind. */
export function openWorkspace(): Workspace {
  const root = requireRoot(process.cwd())
  completePending(root)
  const reader = diskTree(root)
  return { root, reader, platform: platformIn(reader) }
}

/** The platform that a tree describes, with what its calendars mean for each tenant and what it says of its judgement. */
export function platformIn(reader: TreeReader): Platform {
  const platform = readPlatform(platformTexts(reader), path => reader.read(path))
  let timetables: Platform['timetable'] | undefined
  let admission: ReturnType<Platform['admission']> | undefined
  return {
    ...platform,
    // Most commands ask nothing of the calendars, and some have to work while their file is broken.
    timetable: (tenant, environment) => {
      timetables ??= timetablesOf(calendarsIn(reader, platform))
      return timetables(tenant, environment)
    },
    admission: () => {
      admission ??= { rulings: rulingsIn(reader), builtIn: singlePolicies() }
      return admission
    },
  }
}

const packageRoot = new URL('../../../', import.meta.url)

/** The version with a digest of what decides the bytes: two builds that may render differently never share it. */
export function generator(): string {
  return String(JSON.parse(readFileSync(new URL('dist/generator.json', packageRoot), 'utf8')).generator)
}

/** A path inside the package: templates, and what the build baked. */
export function packaged(path: string): string {
  return join(new URL('.', packageRoot).pathname, path)
}

/** The texts of pages, by their path below `templates/`. */
export function pageTemplates(): Templates {
  return diskTree(packaged('templates')).below('runbooks')
}

/** @throws InputError naming the nearest environment, when there is none of that name */
export function requireEnvironment(platform: Platform, name: string): Environment {
  const found = environmentNamed(platform, name)
  if (found === undefined)
    throw unknown(
      'environment',
      name,
      platform.environments.map(environment => environment.name),
    )
  return found
}

/** @throws InputError naming the nearest tenant, when there is none of that name */
export function requireTenant(platform: Platform, name: string): Tenant {
  const found = platform.tenants.find(tenant => tenant.name === name)
  if (found === undefined)
    throw unknown(
      'tenant',
      name,
      platform.tenants.map(tenant => tenant.name),
    )
  return found
}

function unknown(noun: string, name: string, known: readonly string[]) {
  const near = nearest(name, known)
  return inputError(
    name,
    `there is no ${noun} "${name}"`,
    near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`,
  )
}
