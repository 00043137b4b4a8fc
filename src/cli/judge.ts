import { dayOf } from '../clock.ts'
import { WAIVER_POLICIES } from '../lint/acceptance.ts'
import { type LintInput, lint } from '../lint/engine.ts'
import type { LintResult, NotEvaluated } from '../lint/finding.ts'
import type { Policy } from '../lint/policy.ts'
import { type ReachJudge, reachPolicy } from '../lint/reach-policy.ts'
import { remarksPolicy } from '../lint/remarks.ts'
import type { SeverityOverrides } from '../lint/severity.ts'
import { lifecyclePolicies, schemaPolicy } from '../lint/structure.ts'
import type { Waiver } from '../lint/waiver.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { type EnvironmentFacts, type Index, indexOf } from '../manifest/manifest-index.ts'
import type { Remark } from '../manifest/parse.ts'
import type { ReportedPolicy } from '../report/reporter.ts'
import { type Registry, registryOf, type SchemaFiles } from '../schema/registry.ts'
import { builtSchemas } from '../schema-files.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import { profileOf } from '../spec/profile.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'
import { builtInPolicies } from './catalogue.ts'
import { type ManifestFiles, readManifests } from './manifest-files.ts'

/** Files that are judged together, and what is known of the environment that they make. */
export interface Judged {
  readonly facts: EnvironmentFacts
  readonly overrides: SeverityOverrides
  /** What is stated of who connects to whom. */
  readonly reach: ReachJudge | undefined
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
  /** Leads from the fields in some files to the spec; absent for YAML that no spec decided. */
  readonly originsIn?: (files: Tree) => NonNullable<LintInput['originOf']>
}

/**
 * The built-in policies, with the policies, schemas and waivers of a tree and the policies in `given`. For what was read
 * already, a policy that can find nothing in it is not loaded.
 */
export async function benchFor(
  reader: TreeReader | undefined,
  platform: Platform | undefined,
  at: number,
  given: Tree = new Map(),
  environments?: readonly ReadEnvironment[],
): Promise<Bench> {
  const schemas = builtSchemas()
  const policies = await builtInPolicies(environments?.map(({ index }) => index))
  const bench: Bench = { policies, waivers: [], schemas, definitions: [], problems: [], today: dayOf(at) }
  if (reader === undefined && platform === undefined && given.size === 0) return bench
  // Whoever lints a file of no platform does not wait for what reads a platform.
  const { readGovernance } = await import('./governance.ts')
  const registry = registryOf(schemas)
  const taken = new Set([...policies, ...enginePolicies(registry)].map(({ name }) => name))
  const { own, waivers, definitions, problems } = readGovernance(reader, given, registry, taken)
  const governed = { ...bench, policies: [...policies, ...own], waivers, definitions, problems }
  if (platform === undefined) return governed
  const { originsIn } = await import('./origins.ts')
  return { ...governed, originsIn: files => originsIn(files, platform.locate) }
}

/** What is required of every manifest and waiver whatever the catalogue holds. */
export function enginePolicies(registry: Registry): readonly ReportedPolicy[] {
  const stated = reachPolicy(() => undefined)
  return [...structuralPolicies(registry, []), stated, ...Object.values(WAIVER_POLICIES)]
}

function structuralPolicies(registry: Registry, remarks: readonly Remark[]): Policy[] {
  return [schemaPolicy(registry), ...lifecyclePolicies(registry), remarksPolicy(remarks)]
}

export function factsOf(environment: Environment): EnvironmentFacts {
  return {
    name: environment.name,
    profile: profileOf(environment),
    ...(environment.local.tier === undefined ? {} : { tier: String(environment.local.tier) }),
    ...(environment.kubernetes === undefined ? {} : { kubernetes: environment.kubernetes }),
  }
}

/** Files that were read, and the environment that their manifests make. */
export interface ReadEnvironment extends Judged {
  readonly read: ManifestFiles
  readonly index: Index
}

/** Reads groups of files, each group as one environment. */
export function readEnvironments(groups: readonly Judged[]): readonly ReadEnvironment[] {
  return groups.map(group => {
    const read = readManifests(group.files)
    return { ...group, read, index: indexOf(read.sources, group.facts) }
  })
}

/** Judges groups of files, each group as one environment. */
export function judgeAll(groups: readonly Judged[], bench: Bench, complete: boolean): LintResult {
  return judgeRead(readEnvironments(groups), bench, complete)
}

export function judgeRead(groups: readonly ReadEnvironment[], bench: Bench, complete: boolean): LintResult {
  const { definitions } = bench
  const manifests = groups.flatMap(({ read }) => read.sources.map(({ manifest }) => manifest))
  const registry = registryOf(bench.schemas, [...manifests, ...definitions])
  const originOf = bench.originsIn?.(new Map(groups.flatMap(({ files }) => [...files])))
  const environments = groups.map(({ index, overrides, reach }) => ({
    index: definitions.length === 0 ? index : { ...index, definitions },
    severityOverrides: overrides,
    reach,
  }))
  const stated = new Map<Index, ReachJudge | undefined>(environments.map(({ index, reach }) => [index, reach]))
  const remarks = groups.flatMap(({ read }) => read.remarks)
  return lint({
    environments,
    policies: [...bench.policies, ...structuralPolicies(registry, remarks), reachPolicy(index => stated.get(index))],
    waivers: bench.waivers,
    today: bench.today,
    complete,
    notEvaluated: [
      ...bench.problems,
      ...groups.flatMap(({ read }) =>
        read.problems.map(({ file, range, message }) => ({ file, range, reason: message })),
      ),
    ],
    notes: groups.flatMap(({ read }) => read.skipped),
    files: groups.reduce((total, { files }) => total + files.size, 0),
    ...(originOf === undefined ? {} : { originOf }),
  })
}

/** A judge of one environment's files under the governance of a tree, for promotion. */
export async function environmentJudge(
  platform: Platform,
  governance: TreeReader,
  at: number,
): Promise<(environment: Environment, files: Tree) => LintResult> {
  const bench = await benchFor(governance, platform, at)
  const { judgedOf } = await import('./judged-environment.ts')
  return (environment, files) => judgeAll([judgedOf(platform, environment, files)], bench, false)
}
