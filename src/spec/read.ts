import type { Origin } from '../manifest/manifest.ts'
import { nearest } from '../manifest/nearest.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, labelsOf, listOf, textOf } from '../manifest/value.ts'
import { askedGatesOf } from './asked-gates.ts'
import { checkFile } from './check.ts'
import { parseDuration } from './duration.ts'
import { concerns, flowsAt, readFlowFile, type StatedFlow, strangeNames } from './flow.ts'
import { migrationOf, migrationProblems } from './migration.ts'
import { type Environment, PLATFORM_FILE, PLATFORM_UNIT, type Platform, REACH_FILE, type Tenant } from './platform.ts'
import { InputError, inputError, type Problem } from './problem.ts'
import { PLATFORM_SCHEMA, TENANT_SCHEMA } from './schema.ts'
import { waveProblems, wavesOf } from './wave.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

/** The name of the environment in which real business runs, unless it stands by for another one. */
const PRODUCTION = 'production'

/** Keys that pages are made from and promotions are governed by, and no manifest. */
const PAGES = ['contacts', 'migration']

/** One tenant as it was written: the body, its file, and where the body begins in it. */
interface TenantText {
  readonly name: string
  readonly yaml: YamlFile
  readonly at: FieldPath
  readonly body: Fields
}

/**
 * Reads a platform from its files.
 *
 * @param files the text of `platform.yaml` and of every `tenants/*.yaml`, by path
 * @param extraText the text of any other file: of `reach.yaml`, and of those that `extra` names; `undefined` when there is none
 * @throws InputError with every problem of the first file that has one, or of the whole when each file is right alone
 */
export function readPlatform(
  files: ReadonlyMap<string, string>,
  extraText: (path: string) => string | undefined,
): Platform {
  const platformText = files.get(PLATFORM_FILE)
  if (platformText === undefined)
    throw inputError(PLATFORM_FILE, 'the file is missing', 'start one with `waybill init`')
  const yaml = readYaml(PLATFORM_FILE, platformText)
  checkFile(yaml, PLATFORM_SCHEMA)
  const root = fieldsOf(yaml.value)
  const texts = tenantTexts(yaml, root, files)
  const flowFile = readFlowFile(extraText(REACH_FILE))
  const flows = [...flowsAt(yaml, ['reach']), ...(flowFile?.flows ?? [])]
  const environments = readEnvironments(yaml, root, texts).map(environment => ({
    ...environment,
    reach: [...flows, ...environment.reach].filter(flow => concerns(flow, environment.name)),
  }))
  const places = new Map(texts.map(text => [text.name, text]))
  const locate = (key: FieldPath): Origin => {
    const tenant = key[0] === 'tenants' ? places.get(String(key[1])) : undefined
    const { file, place } = tenant?.yaml ?? yaml
    const inFile = tenant === undefined ? key : [...tenant.at, ...key.slice(2)]
    return { key: formatPath(key), file, line: place(inFile).start.line }
  }
  const platform: Platform = {
    name: textOf(fieldsOf(root.metadata).name) ?? 'platform',
    environments,
    tenants: texts.map(text => tenantOf(text, extraText)).sort((left, right) => (left.name < right.name ? -1 : 1)),
    shared: without(root, ['apiVersion', 'kind', 'metadata', 'environments', 'reach', 'tenants', ...PAGES]),
    pages: only(root, PAGES),
    locate,
    timetable: ({ calendar }) => {
      if (calendar === undefined) return undefined
      throw new Error('the calendars were not read with the platform')
    },
    admission: () => {
      throw new Error('the policies were not read with the platform')
    },
  }
  const known = {
    tenant: platform.tenants.map(({ name }) => name),
    environment: environments.map(({ name }) => name),
  }
  const problems = [
    ...crossCheck(platform, texts),
    ...environments.flatMap(({ name, local }) =>
      waveProblems(name, local, platform.tenants).map(({ key, ...problem }) => ({
        file: yaml.file,
        ...yaml.valuePlace(['environments', name, 'waves', ...key]),
        ...problem,
      })),
    ),
    ...strangeNames(yaml, ['reach'], known),
    ...known.environment.flatMap(name => strangeNames(yaml, ['environments', name, 'reach'], known)),
    ...(flowFile === undefined ? [] : strangeNames(flowFile.yaml, ['reach'], known)),
  ]
  if (problems.length > 0) throw new InputError(problems)
  return platform
}

function tenantTexts(yaml: YamlFile, root: Fields, files: ReadonlyMap<string, string>): TenantText[] {
  const texts: TenantText[] = Object.entries(fieldsOf(root.tenants)).map(([name, body]) => ({
    name,
    yaml,
    at: ['tenants', name],
    body: fieldsOf(body),
  }))
  for (const [file, text] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (file === PLATFORM_FILE) continue
    const own = readYaml(file, text)
    checkFile(own, TENANT_SCHEMA)
    const body = fieldsOf(own.value)
    const name = String(fieldsOf(body.metadata).name)
    const earlier = texts.find(other => other.name === name)
    if (earlier !== undefined) {
      const line = earlier.yaml.place(earlier.at).start.line
      throw new InputError([
        {
          file,
          ...own.valuePlace(['metadata', 'name']),
          message: `the tenant "${name}" is declared twice`,
          also: { file: earlier.yaml.file, line, message: 'here it is declared first' },
        },
      ])
    }
    texts.push({ name, yaml: own, at: [], body: without(body, ['apiVersion', 'kind', 'metadata']) })
  }
  if (texts.length === 0) {
    throw inputError(PLATFORM_FILE, 'the platform has no tenant', 'add one under "tenants" or in tenants/<name>.yaml')
  }
  return texts
}

function readEnvironments(yaml: YamlFile, root: Fields, texts: readonly TenantText[]): Environment[] {
  const declared = Object.entries(fieldsOf(root.environments))
  const used = [...new Set(texts.flatMap(({ body }) => Object.keys(fieldsOf(body.environments))))]
  if (declared.length === 0) {
    if (used.length > 1) {
      throw new InputError([
        {
          file: yaml.file,
          ...yaml.place([]),
          message: `the tenants live in ${used.length} environments (${used.join(', ')}) whose order nothing tells`,
          hint: `add "environments: {${used.map(name => `${name}: {}`).join(', ')}}", first environment first`,
        },
      ])
    }
    return used.map(name => environmentOf(name, {}, undefined, []))
  }
  const environments = declared.map(([name, local], index) =>
    environmentOf(name, fieldsOf(local), declared[index - 1]?.[0], flowsAt(yaml, ['environments', name, 'reach'])),
  )
  return inPipelineOrder(yaml, environments)
}

function environmentOf(
  name: string,
  local: Fields,
  before: string | undefined,
  reach: readonly StatedFlow[],
): Environment {
  const after = textOf(local.after) ?? before
  const standby = textOf(local.standby)
  return {
    name,
    ...(after === undefined ? {} : { after }),
    soak: parseDuration(String(local.soak ?? 0)) ?? 0,
    approvals: Number(local.approvals ?? 0),
    ...(standby === undefined ? {} : { standby }),
    production: [name, standby].includes(PRODUCTION),
    waves: wavesOf(local),
    gates: askedGatesOf(local),
    reviewers: listOf(local.reviewers).map(String),
    autoMerge: local.autoMerge === true,
    ...(local.profile === undefined ? {} : { profile: local.profile as NonNullable<Environment['profile']> }),
    ...(local.kubernetes === undefined ? {} : { kubernetes: String(local.kubernetes) }),
    policies: labelsOf(local.policies) as Environment['policies'],
    reach,
    local,
  }
}

function inPipelineOrder(yaml: YamlFile, environments: readonly Environment[]): Environment[] {
  const names = environments.map(({ name }) => name)
  const problem = (name: string, message: string, hint?: string) =>
    new InputError([
      {
        file: yaml.file,
        ...yaml.valuePlace(['environments', name, 'after']),
        message,
        ...(hint === undefined ? {} : { hint }),
      },
    ])
  for (const { name, standby } of environments) {
    if (standby === undefined) continue
    const stands = environments.find(other => other.name === standby)
    if (stands !== undefined && stands.standby === undefined && standby !== name) continue
    const message = `the environment "${name}" stands by for "${standby}", which ${stands === undefined ? 'is not declared' : 'stands by itself'}`
    throw new InputError([{ file: yaml.file, ...yaml.valuePlace(['environments', name, 'standby']), message }])
  }
  for (const { name, after } of environments) {
    if (after === undefined || names.includes(after)) continue
    const near = nearest(after, names)
    const hint = near === undefined ? `declared are ${names.join(', ')}` : `did you mean "${near}"?`
    throw problem(name, `the environment "${name}" comes after "${after}", which is not declared`, hint)
  }
  const ordered: Environment[] = []
  let waiting = [...environments]
  while (waiting.length > 0) {
    const ready = waiting.filter(({ after }) => after === undefined || ordered.some(({ name }) => name === after))
    const stuck = waiting[0]
    if (ready.length === 0 && stuck !== undefined) {
      throw problem(
        stuck.name,
        `the environments ${waiting.map(({ name }) => name).join(', ')} come after each other in a circle`,
      )
    }
    ordered.push(...ready)
    waiting = waiting.filter(environment => !ready.includes(environment))
  }
  return ordered
}

function tenantOf(text: TenantText, extraText: (path: string) => string | undefined): Tenant {
  const { name, body, yaml, at } = text
  const filesOf = (fields: Fields, prefix: FieldPath): Readonly<Record<string, string>> => {
    const files: Record<string, string> = {}
    for (const [index, path] of listOf(fields.extra).entries()) {
      const content = extraText(String(path))
      if (content === undefined) {
        throw new InputError([
          {
            file: yaml.file,
            ...yaml.valuePlace([...at, ...prefix, 'extra', index]),
            message: `the file "${String(path)}" cannot be read`,
            hint: 'paths under "extra" start at the folder of platform.yaml',
          },
        ])
      }
      files[String(path)] = content
    }
    return files
  }
  const environments = Object.entries(fieldsOf(body.environments)).map(
    ([env, local]) => [env, fieldsOf(local)] as const,
  )
  const calendar = textOf(body.calendar)
  const owner = textOf(body.owner)
  return {
    name,
    file: yaml.file,
    ...(calendar === undefined ? {} : { calendar }),
    ...(owner === undefined ? {} : { owner }),
    retired: body.retired === true,
    promoted: without(body, ['environments', 'calendar', 'retired', ...PAGES]),
    pages: only(body, PAGES),
    environments: new Map(environments),
    files: filesOf(body, []),
    localFiles: new Map(environments.map(([env, local]) => [env, filesOf(local, ['environments', env])])),
  }
}

/** What no schema can say: names that refer to each other, and hosts that two of them claim. */
function crossCheck(platform: Platform, texts: readonly TenantText[]): Problem[] {
  const problems: Problem[] = []
  const known = platform.environments.map(({ name }) => name)
  const hosts = new Map<string, { file: string; line: number; of: string }>()
  for (const { name, yaml, at, body } of texts) {
    if (name === PLATFORM_UNIT) {
      problems.push({
        file: yaml.file,
        ...yaml.place(at),
        message: `the tenant name "${name}" belongs to the shared unit`,
        hint: 'choose another name',
      })
    }
    const migration = migrationOf(body, textOf(body.owner) ?? platform.name)
    for (const { key, message, hint } of migration === undefined ? [] : migrationProblems(migration)) {
      problems.push({ file: yaml.file, ...yaml.valuePlace([...at, 'migration', ...key]), message, hint })
    }
    const environments = Object.entries(fieldsOf(body.environments))
    if (environments.length === 0) {
      problems.push({
        file: yaml.file,
        ...yaml.place([...at, 'environments']),
        message: `the tenant "${name}" lives in no environment`,
        hint: 'give it one with a host',
      })
    }
    for (const [environment, local] of environments) {
      const path = [...at, 'environments', environment]
      if (!known.includes(environment)) {
        const near = nearest(environment, known)
        problems.push({
          file: yaml.file,
          ...yaml.place(path),
          message: `the tenant "${name}" lives in "${environment}", which the platform does not declare`,
          hint: near === undefined ? `declared are ${known.join(', ')}` : `did you mean "${near}"?`,
        })
      }
      const { host, aliases } = fieldsOf(local)
      const claims: [unknown, FieldPath][] = [
        [host, [...path, 'host']],
        ...listOf(aliases).map((alias, index): [unknown, FieldPath] => [alias, [...path, 'aliases', index]]),
      ]
      for (const [claimed, where] of claims) {
        const place = yaml.valuePlace(where)
        const earlier = hosts.get(String(claimed))
        const of = `${name}/${pairOf(platform, environment)}`
        if (earlier === undefined) {
          hosts.set(String(claimed), { file: yaml.file, line: place.start.line, of })
          // An environment that stands by answers under the same names, once they lead there.
        } else if (earlier.of !== of) {
          problems.push({
            file: yaml.file,
            ...place,
            message: `the host "${String(claimed)}" is claimed twice, and only one of the two would be reached`,
            also: { file: earlier.file, line: earlier.line, message: `${earlier.of} claims it` },
          })
        }
      }
    }
  }
  return problems
}

/** An environment and the one that stands by for it go by one name. */
function pairOf(platform: Platform, environment: string): string {
  return platform.environments.find(({ name }) => name === environment)?.standby ?? environment
}

function only(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => keys.includes(key)))
}

function without(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)))
}
