import type { OverBudget } from '../analysis/over-budget.ts'
import type { AccountOf, Approval } from '../forge/forge.ts'
import type { Author } from '../git.ts'
import type { LintResult } from '../lint/finding.ts'
import { type Environment, environmentNamed, type Platform, sourceOf } from '../spec/platform.ts'
import { InputError } from '../spec/problem.ts'
import { statedRelease } from '../spec/stated-release.ts'
import { unitNamed } from '../spec/unit.ts'
import { ENVIRONMENTS, UNIT_FILE, unitFolder } from '../synth/layout.ts'
import { recordedUnit, standingUnit } from '../synth/plan.ts'
import { render } from '../synth/render.ts'
import type { TreeReader } from '../synth/tree.ts'
import { short, type UnitFile } from '../synth/unit-file.ts'
import { type Held, passedBy } from './candidate.ts'
import { capacityGate, shortages } from './capacity.ts'
import { cutoverGate } from './cutover-gate.ts'
import { differences } from './difference.ts'
import { evidenceGate } from './evidence.ts'
import { type Gate, inOrder } from './gate.ts'
import { calendarGate, hotfixGate, originGate, policyGate, reviewed, schemaGate, soakGate } from './gates.ts'
import { healthGate } from './health-gate.ts'
import { HOLDS_FILE, heldRevisions, readHolds } from './hold.ts'
import { type DatabaseStep, migrationGate } from './migration-gate.ts'
import type { Operation } from './operation.ts'
import { boundDigest, newOverrides, overridesFile, readOverrides, withOverrides } from './override.ts'
import { contentDigest, manifestsOf, unitKey, type World } from './plan.ts'
import { waveGate } from './wave-gate.ts'

/** What a pull request brings; it is data, and nothing in it governs how it is judged. */
export interface Head {
  readonly reader: TreeReader
  readonly platform: Platform
  /** Paths that differ from the base. */
  readonly changed: readonly string[]
  readonly approvals: readonly Approval[]
  /** Who wrote its commits. */
  readonly authors: readonly Author[]
  /** Finds the accounts of authors. */
  accounts(authors: readonly Author[]): Promise<AccountOf>
}

/** One unit that a pull request changes. */
export interface JudgedUnit {
  readonly environment: string
  readonly unit: string
  /** `synth`: the first environment follows the spec. `local`: only its local half. The others say what they are. */
  readonly kind: 'synth' | 'local' | 'promotion' | 'rollback' | 'removal'
  readonly digest: string
  readonly operations: readonly Operation[]
  readonly gates: readonly Gate[]
  /** People whose approval counts, where anybody's does: they said yes to this content, and wrote none of it. */
  readonly approvers: readonly string[]
}

/** A unit that has been judged but for the approvals. */
interface Unreviewed {
  readonly target: Environment
  readonly judged: JudgedUnit
  readonly authors: readonly Author[]
}

/** Judges every unit that a pull request changes, whoever opened it, by the governance of its base. */
export async function judgePull(world: World, head: Head): Promise<JudgedUnit[]> {
  const units = judgeUnits(world, head)
  const accountOf = await head.accounts(units.filter(asksPeople).flatMap(({ authors }) => authors))
  return units.map(unreviewed => {
    const { target, judged, authors } = unreviewed
    const key = unitKey(target.name, judged.unit)
    const reviews = { approvals: head.approvals, accountOf }
    const writers = asksPeople(unreviewed) ? new Set(authors.map(accountOf)) : undefined
    const bound = head.approvals.filter(({ units: approved }) => approved[key] === judged.digest)
    return {
      ...judged,
      gates: reviewed(judged.gates, target, key, judged.digest, authors, reviews),
      approvers: writers === undefined ? [] : bound.map(({ by }) => by).filter(by => !writers.has(by)),
    }
  })
}

/** Whether the yes of people counts for a unit: approvals are asked, or an override wants a second person. */
function asksPeople({ target, judged }: Unreviewed): boolean {
  return target.approvals > 0 || judged.gates.some(({ override }) => override !== undefined)
}

/** The units that paths belong to, as `environment/unit`, sorted. */
export function unitsTouched(paths: readonly string[]): readonly string[] {
  const touched = paths.map(path => path.split('/')).filter(([top]) => top === ENVIRONMENTS)
  return [...new Set(touched.map(([, environment = '', unit = '']) => unitKey(environment, unit)))].sort()
}

/** What an approval of units is bound to: the digest of each and of its overrides, as a tree has them. */
export function unitDigests(reader: TreeReader, units: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    units.map(key => {
      const [environment = '', unit = ''] = key.split('/')
      const file = overridesFile(environment, unit)
      const content = contentDigest(filesBelow(reader, unitFolder(environment, unit)))
      return [key, boundDigest(content, readOverrides(file, reader.read(file)))]
    }),
  )
}

/** An environment before and after a pull request, as the policies and the budget see it. */
interface Verdict {
  readonly base: LintResult
  readonly head: LintResult
  /** What does not fit; absent where nobody asks. */
  readonly short?: { readonly before: readonly OverBudget[]; readonly after: readonly OverBudget[] }
}

function judgeUnits(world: World, head: Head): Unreviewed[] {
  const verdicts = new Map<string, Verdict>()
  return unitsTouched(head.changed).flatMap(key => {
    const [environment = '', unit = ''] = key.split('/')
    const target = environmentNamed(world.platform, environment) ?? environmentNamed(head.platform, environment)
    if (target === undefined) return []
    let verdict = verdicts.get(environment)
    if (verdict === undefined) {
      const folder = `${ENVIRONMENTS}/${environment}`
      const before = world.base.below(folder)
      const after = head.reader.below(folder)
      const asked = target.gates.capacity
      verdict = {
        base: world.judge(target, before),
        head: world.judge(target, after),
        ...(asked === undefined ? {} : { short: { before: shortages(asked, before), after: shortages(asked, after) } }),
      }
      verdicts.set(environment, verdict)
    }
    return [judgeUnit(world, head, target, unit, verdict)]
  })
}

function judgeUnit(world: World, head: Head, target: Environment, unit: string, verdict: Verdict): Unreviewed {
  const folder = unitFolder(target.name, unit)
  const before = recordedUnit(world.base, target.name, unit)
  const after = recordedUnit(head.reader, target.name, unit)
  const files = filesBelow(head.reader, folder)
  const content = contentDigest(files)
  const file = overridesFile(target.name, unit)
  const overrides = readOverrides(file, head.reader.read(file))
  const asked = newOverrides(readOverrides(file, world.base.read(file)), overrides, content)
  const operations = differences(manifestsOf(filesBelow(world.base, folder)), manifestsOf(files))
  const source = sourceOf(world.platform, unit, target.name)
  const kind = kindOf(world, head, target, unit, source, before, after)
  const judged = [
    policyGate(`${folder}/`, verdict.base, verdict.head),
    schemaGate(`${folder}/`, verdict.base, verdict.head),
    renderGate(world, head, target, unit, source, after, files),
    ...roadGates(world, target, unit, source, kind, before, after),
    ...(kind === 'local' && after !== undefined ? hotfixGates(world, head, target, unit, after) : []),
    migrationGate(world, target, unit, databaseStep(world, head, target, unit, kind, before, after)),
    verdict.short === undefined
      ? ({ name: 'capacity', state: 'not configured', reason: `${target.name} does not ask for it` } as const)
      : capacityGate(`${folder}/`, verdict.short.before, verdict.short.after),
    ...(kind === 'promotion' || kind === 'synth'
      ? [
          cutoverGate(world, target, unit),
          evidenceGate(world.base, target.name, unit, target.gates.evidence, world.now),
        ]
      : []),
  ]
  const range = kind === 'promotion' && after !== undefined ? world.authors(unit, before?.revision, after.revision) : []
  const calendar =
    kind === 'synth' ? [] : [calendarGate(world, target, unit, operations, kind === 'rollback' ? 'rollback' : 'change')]
  return {
    target,
    judged: {
      environment: target.name,
      unit,
      kind,
      digest: boundDigest(content, overrides),
      operations,
      gates: withOverrides(inOrder([...judged, ...calendar]), asked),
      approvers: [],
    },
    authors: [...range, ...head.authors],
  }
}

function filesBelow(reader: TreeReader, folder: string): ReadonlyMap<string, string> {
  return new Map(reader.files(folder).map(path => [path, reader.read(`${folder}/${path}`) ?? '']))
}

function kindOf(
  world: World,
  head: Head,
  target: Environment,
  unit: string,
  source: Environment | undefined,
  before: UnitFile | undefined,
  after: UnitFile | undefined,
): JudgedUnit['kind'] {
  if (after === undefined) return 'removal'
  if (source === undefined) return 'synth'
  if (before?.revision === after.revision) return 'local'
  const heldBack = heldRevisions(readHolds(head.reader.read(HOLDS_FILE)), target.name, unit)
  const earlier = world.history(target.name, unit).some(({ revision }) => revision === after.revision)
  return before !== undefined && earlier && heldBack.has(before.revision) ? 'rollback' : 'promotion'
}

function hotfixGates({ now }: World, head: Head, target: Environment, unit: string, after: UnitFile): Gate[] {
  const local = head.platform.tenants.find(({ name }) => name === unit)?.environments.get(target.name)
  const hotfix = statedRelease(after.promoted.tenant, local)?.hotfix
  return hotfix === undefined ? [] : [hotfixGate(hotfix, now)]
}

function databaseStep(
  world: World,
  head: Head,
  target: Environment,
  unit: string,
  kind: JudgedUnit['kind'],
  before: UnitFile | undefined,
  after: UnitFile | undefined,
): DatabaseStep {
  if (after === undefined) return { kind: 'removal' }
  const localIn = ({ tenants }: Platform) => tenants.find(({ name }) => name === unit)?.environments.get(target.name)
  const releases = {
    before: statedRelease(before?.promoted.tenant, localIn(world.platform)),
    after: statedRelease(after.promoted.tenant, localIn(head.platform)),
  }
  if (kind !== 'rollback') return { kind: 'forward', ...releases }
  const left = world.history(target.name, unit).find(({ revision }) => revision === before?.revision)
  return { kind: 'back', ...releases, arrived: left?.since ?? world.now }
}

/** Where the revision came from, and how long it was tried there. */
function roadGates(
  world: World,
  target: Environment,
  unit: string,
  source: Environment | undefined,
  kind: JudgedUnit['kind'],
  before: UnitFile | undefined,
  after: UnitFile | undefined,
): Gate[] {
  if (kind === 'removal') return [removalGate(world, source, unit)]
  if (source === undefined || kind === 'local' || after === undefined) return []
  if (kind === 'rollback') {
    return [{ name: 'origin', state: 'open', reason: `${target.name} has held ${short(after.revision)} before` }]
  }
  const history = world.history(source.name, unit)
  const held = history.find(({ revision }) => revision === after.revision)
  const holds = heldRevisions(world.holds, target.name, unit)
  if (holds.has(after.revision)) {
    return [
      {
        name: 'origin',
        state: 'closed',
        reason: `${short(after.revision)} was rolled back from ${target.name} and is on hold`,
        opens: `\`waybill resume ${target.name} ${unit}\``,
      },
    ]
  }
  const wave = waveGate(world, target, unit, after.revision)
  const passed = passedBy(history, after.revision, before?.revision, holds)
  if (passed !== undefined) return [backwardGate(source, target, unit, after.revision, passed), wave]
  if (held === undefined) return [originGate(source.name, held), wave]
  return [
    originGate(source.name, held),
    soakGate(target, held, world.now),
    wave,
    healthGate(world.status, target, source.name, unit, held),
  ]
}

/** Promotion goes forward only; the way back is a rollback, which is judged as one. */
function backwardGate(source: Environment, target: Environment, unit: string, revision: string, passed: Held): Gate {
  return {
    name: 'origin',
    state: 'closed',
    reason: `${source.name} held ${short(revision)} before ${short(passed.revision)}, which ${target.name} has had`,
    opens: `a newer revision, or \`waybill rollback ${target.name} ${unit} --to ${short(revision)}\``,
  }
}

function removalGate(world: World, source: Environment | undefined, unit: string): Gate {
  const tenant = world.platform.tenants.find(({ name }) => name === unit)
  const gone = source === undefined || recordedUnit(world.base, source.name, unit) === undefined
  if (tenant?.retired === true && gone) return { name: 'origin', state: 'open', reason: 'the tenant is retired' }
  return {
    name: 'origin',
    state: 'closed',
    reason: gone ? 'the tenant is not retired' : `${source?.name} still has the unit`,
    opens: 'mark the tenant with "retired: true" first; it leaves one environment after the other',
  }
}

/** The unit is what its halves say: rendered by this version, from what the pull request itself says. */
function renderGate(
  world: World,
  head: Head,
  target: Environment,
  name: string,
  source: Environment | undefined,
  after: UnitFile | undefined,
  files: ReadonlyMap<string, string>,
): Gate {
  const closed = (reason: string, opens: string): Gate => ({ name: 'determinism', state: 'closed', reason, opens })
  if (after === undefined) return { name: 'determinism', state: 'open', reason: 'nothing is left to render' }
  const declared = environmentNamed(head.platform, target.name)
  const wanted = declared && unitNamed(head.platform, declared, name)
  const unit = wanted && standingUnit(head.platform, wanted, after)
  if (unit === undefined) return closed(`the spec does not know ${name} in ${target.name}`, 'run `waybill synth`')
  if (after.generator !== world.generator) {
    return closed(
      `rendered by waybill ${after.generator}, judged by ${world.generator}`,
      'use the same version on both sides',
    )
  }
  const origin = source === undefined ? undefined : recordedUnit(world.base, source.name, name)
  if (origin !== undefined && origin.generator !== after.generator) {
    return closed(
      `${source?.name} was rendered by waybill ${origin.generator}, this unit by ${after.generator}`,
      `bring this version to ${source?.name} first, or use ${origin.generator} here`,
    )
  }
  let rendered: ReadonlyMap<string, string>
  try {
    rendered = render(unit, world.generator, head.platform.locate)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return closed(`the unit does not render: ${error.message}`, 'mend the spec')
  }
  const paths = new Set([...rendered.keys(), ...files.keys()])
  const wrong = [...paths].sort().find(path => rendered.get(path) !== files.get(path))
  if (wrong === undefined) return { name: 'determinism', state: 'open', reason: 'renders again to the same bytes' }
  const what = wrong === UNIT_FILE ? 'is not what its halves say' : 'is not what the unit renders to'
  return closed(
    `${unitFolder(target.name, name)}/${wrong} ${what}`,
    'run `waybill synth`, and put changes by hand under "overrides"',
  )
}
