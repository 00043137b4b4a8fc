import { WAIVER_POLICIES } from '../lint/acceptance.ts'
import { lint } from '../lint/engine.ts'
import type { LintResult, NotEvaluated } from '../lint/finding.ts'
import { ownPolicies } from '../lint/own-policies.ts'
import type { Policy } from '../lint/policy.ts'
import { remarksPolicy } from '../lint/remarks.ts'
import type { SeverityOverrides } from '../lint/severity.ts'
import { lifecyclePolicies, schemaPolicy } from '../lint/structure.ts'
import { readWaivers, type Waiver, type WaiverEntry } from '../lint/waiver.ts'
import { isKustomization, patchFilesOf } from '../manifest/kustomization.ts'
import type { Manifest, Origin, Source } from '../manifest/manifest.ts'
import { type EnvironmentFacts, type Index, indexOf, type Profile } from '../manifest/manifest-index.ts'
import { type Parsed, parseManifests, type Remark } from '../manifest/parse.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, listOf } from '../manifest/value.ts'
import type { ReportedPolicy } from '../report/reporter.ts'
import { isCustomResourceDefinition } from '../schema/custom-resource.ts'
import { type Registry, registryOf, type SchemaFiles } from '../schema/registry.ts'
import { builtSchemas } from '../schema-files.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import type { Tier } from '../spec/tier.ts'
import { readYaml } from '../spec/yaml-file.ts'
import { UNIT_FILE } from '../synth/layout.ts'
import { originFinder } from '../synth/origin-finder.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'
import { type Origins, readUnitFile } from '../synth/unit-file.ts'
import { builtInPolicies } from './catalogue.ts'
import { isManifestFile } from './paths.ts'

export const WAIVERS_FILE = 'waivers.yaml'
/** Beside platform.yaml: policies of people's own, and CustomResourceDefinitions of what their cluster has. */
export const POLICIES_FOLDER = 'policies'
export const SCHEMAS_FOLDER = 'schemas'

/** Files that are judged together, and what is known of the environment that they make. */
export interface Judged {
  readonly facts: EnvironmentFacts
  readonly overrides: SeverityOverrides
  readonly files: Tree
}

/** Everything that judging needs besides the files. */
export interface Bench {
  /** Built in and people's own; what the engine itself requires is not among them. */
  readonly policies: readonly Policy[]
  readonly waivers: readonly Waiver[]
  readonly schemas: SchemaFiles
  /** CustomResourceDefinitions that the cluster has besides those that are judged. */
  readonly definitions: readonly Manifest[]
  /** What of the governance itself cannot be read or run. */
  readonly problems: readonly NotEvaluated[]
  /** `YYYY-MM-DD`. */
  readonly today: string
  /** Where a spec key stands; absent for YAML that no spec decided. */
  readonly locate?: (key: FieldPath) => Origin
}

/** The day of an instant, in UTC. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

/** The built-in policies, with the policies, schemas and waivers of a tree and the policies in `given`. */
export async function benchFor(
  reader: TreeReader | undefined,
  platform: Platform | undefined,
  at: number,
  given: Tree = new Map(),
): Promise<Bench> {
  const { waivers, problems } = readWaivers(reader === undefined ? [] : waiverEntries(reader))
  const schemas = builtSchemas()
  const builtIn = await builtInPolicies()
  const registry = registryOf(schemas)
  const taken = new Set([...builtIn, ...enginePolicies(registry)].map(({ name }) => name))
  const own = ownPolicies(new Map([...manifestFiles(reader, POLICIES_FOLDER), ...given]), registry, taken)
  const declared = definitionsIn(manifestFiles(reader, SCHEMAS_FOLDER))
  return {
    policies: [...builtIn, ...own.policies.map(({ policy }) => policy)],
    waivers,
    schemas,
    definitions: declared.definitions,
    problems: [...problems, ...own.problems, ...declared.problems],
    today: dayOf(at),
    ...(platform === undefined ? {} : { locate: platform.locate }),
  }
}

function manifestFiles(reader: TreeReader | undefined, folder: string): Tree {
  const paths = (reader?.files(folder) ?? []).map(path => `${folder}/${path}`).filter(isManifestFile)
  return new Map(paths.map(path => [path, reader?.read(path) ?? '']))
}

/** The CustomResourceDefinitions in files that exist for nothing else. */
export function definitionsIn(files: Tree): { definitions: readonly Manifest[]; problems: readonly NotEvaluated[] } {
  const definitions: Manifest[] = []
  const problems: NotEvaluated[] = []
  for (const [file, text] of files) {
    const parsed = parseManifests(file, text)
    const found = parsed.sources.map(({ manifest }) => manifest).filter(isCustomResourceDefinition)
    definitions.push(...found)
    problems.push(...parsed.problems.map(({ range, message }) => ({ file, range, reason: message })))
    if (found.length + parsed.problems.length === 0) {
      problems.push({ file, reason: 'the file holds no CustomResourceDefinition, so no kind is known by it' })
    }
  }
  return { definitions, problems }
}

/** What is required of every manifest and waiver whatever the catalogue holds. */
export function enginePolicies(registry: Registry): readonly ReportedPolicy[] {
  return [...structuralPolicies(registry, []), ...Object.values(WAIVER_POLICIES)]
}

function structuralPolicies(registry: Registry, remarks: readonly Remark[]): Policy[] {
  return [schemaPolicy(registry), ...lifecyclePolicies(registry), remarksPolicy(remarks)]
}

function waiverEntries(reader: TreeReader): WaiverEntry[] {
  const text = reader.read(WAIVERS_FILE)
  if (text === undefined) return []
  const yaml = readYaml(WAIVERS_FILE, text)
  return listOf(fieldsOf(yaml.value).waivers).map((value, index) => {
    const { start, length } = yaml.place(['waivers', index])
    return {
      value,
      file: WAIVERS_FILE,
      range: { start, end: { ...start, column: start.column + length, offset: start.offset + length } },
    }
  })
}

/** The profile of an environment: what it states, else what its tier deserves. */
export function profileOf(environment: Environment): Profile {
  const byTier: Readonly<Record<Tier, Profile>> = {
    bronze: 'lite',
    silver: 'standard',
    gold: 'standard',
    platinum: 'strict',
  }
  return environment.profile ?? byTier[(environment.local.tier as Tier | undefined) ?? 'silver']
}

export function factsOf(environment: Environment): EnvironmentFacts {
  return {
    name: environment.name,
    profile: profileOf(environment),
    ...(environment.local.tier === undefined ? {} : { tier: String(environment.local.tier) }),
    ...(environment.kubernetes === undefined ? {} : { kubernetes: environment.kubernetes }),
  }
}

/** Judges groups of files, each group as one environment. */
export function judgeAll(groups: readonly Judged[], bench: Bench, complete: boolean): LintResult {
  const parsed = groups.map(({ files }) => parseAll(files))
  const everything = parsed.flatMap(({ sources }) => sources)
  const { definitions } = bench
  const registry = registryOf(bench.schemas, [...everything.map(({ manifest }) => manifest), ...definitions])
  const indexes: Index[] = groups.map(({ facts }, index) => indexOf(parsed[index]?.sources ?? [], facts, definitions))
  const origins = new Map(parsed.flatMap(({ origins: found }) => [...found]))
  const { locate } = bench
  return lint({
    environments: indexes.map((index, position) => ({ index, severityOverrides: groups[position]?.overrides ?? {} })),
    policies: [
      ...bench.policies,
      ...structuralPolicies(
        registry,
        parsed.flatMap(({ remarks }) => remarks),
      ),
    ],
    waivers: bench.waivers,
    today: bench.today,
    complete,
    notEvaluated: [
      ...bench.problems,
      ...parsed.flatMap(({ problems }) =>
        problems.map(({ file, range, message }) => ({ file, range, reason: message })),
      ),
    ],
    notes: parsed.flatMap(({ skipped }) => skipped),
    files: groups.reduce((total, { files }) => total + files.size, 0),
    ...(locate === undefined ? {} : { originOf: originFinder(file => origins.get(file), locate) }),
  })
}

interface ParsedGroup extends Pick<Parsed, 'remarks' | 'problems'> {
  readonly sources: readonly Source[]
  readonly skipped: readonly string[]
  readonly origins: ReadonlyMap<string, Origins>
}

/** Reads all files of a group; `unit.json` tells where its neighbours came from and is no manifest itself. */
function parseAll(files: Tree): ParsedGroup {
  const origins = new Map<string, Origins>()
  const results: Parsed[] = []
  const patches = new Set([...files].flatMap(([path, text]) => (isKustomization(path) ? patchFilesOf(path, text) : [])))
  const passedOver = [...files.keys()].filter(path => patches.has(path)).map(() => 'skipped: patch')
  for (const [path, text] of files) {
    if (patches.has(path)) continue
    if (path === UNIT_FILE || path.endsWith(`/${UNIT_FILE}`)) {
      const folder = path.slice(0, -UNIT_FILE.length)
      for (const [name, { origins: found }] of Object.entries(readUnitFile(path, text).files)) {
        if (found !== undefined) origins.set(folder + name, found)
      }
    } else {
      results.push(parseManifests(path, text))
    }
  }
  return {
    sources: results.flatMap(({ sources }) => sources),
    remarks: results.flatMap(({ remarks }) => remarks),
    problems: results.flatMap(({ problems }) => problems),
    skipped: [
      ...passedOver,
      ...results.flatMap(({ skipped }) =>
        skipped.filter(({ reason }) => reason !== 'kustomization').map(({ reason }) => `skipped: ${reason}`),
      ),
    ],
    origins,
  }
}

/** A judge of one environment's files under the governance of a tree, for promotion. */
export async function environmentJudge(
  platform: Platform,
  governance: TreeReader,
  at: number,
): Promise<(environment: Environment, files: Tree) => LintResult> {
  const bench = await benchFor(governance, platform, at)
  return (environment, files) =>
    judgeAll([{ facts: factsOf(environment), overrides: environment.policies, files }], bench, false)
}
