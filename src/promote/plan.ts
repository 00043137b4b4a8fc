import type { PriceList } from '../analysis/cost.ts'
import type { Author } from '../git.ts'
import type { Finding, LintResult } from '../lint/finding.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { parseManifests } from '../manifest/parse.ts'
import { type Environment, PLATFORM_UNIT, type Platform, sourceOf } from '../spec/platform.ts'
import { statedRelease } from '../spec/stated-release.ts'
import { type Unit, unitsOf } from '../spec/unit.ts'
import { ONLY_WAVE, waveIndex } from '../spec/wave.ts'
import { digestOf, toJson } from '../synth/canonical-json.ts'
import { ENVIRONMENTS, KUSTOMIZATION, UNIT_FILE, unitFolder } from '../synth/layout.ts'
import { recordedUnit, unitChanges } from '../synth/plan.ts'
import { render } from '../synth/render.ts'
import type { FileChange, Tree, TreeReader } from '../synth/tree.ts'
import type { UnitFile } from '../synth/unit-file.ts'
import type { CalendarFile } from './calendar-file.ts'
import { candidateOf, type Held, type Newer } from './candidate.ts'
import { capacityGate, shortages } from './capacity.ts'
import { type CapacityChange, capacityChange, SAME_CAPACITY } from './capacity-change.ts'
import { cutoverGate } from './cutover-gate.ts'
import { differences } from './difference.ts'
import { evidenceGate } from './evidence.ts'
import { type Gate, type GateName, inOrder, isClosed, isWaitedFor } from './gate.ts'
import { calendarGate, determinismGate, originGate, policyGate, schemaGate, soakGate } from './gates.ts'
import { healthGate, type StatusOf } from './health-gate.ts'
import { type Hold, heldRevisions } from './hold.ts'
import { migrationGate } from './migration-gate.ts'
import type { Operation } from './operation.ts'
import {
  addOverrides,
  boundDigest,
  type GateOverride,
  newOverrides,
  overridesFile,
  readOverrides,
  type Wish,
  withOverrides,
} from './override.ts'
import { type ReachChange, reachBetween } from './reach-change.ts'
import { riskOf, type SetRisk } from './risk.ts'
import { schemaChanges } from './schema-change.ts'
import { indexesOf } from './two-indexes.ts'
import { type UnitSummary, unitSummary } from './unit-summary.ts'
import { waveGate } from './wave-gate.ts'

/** Everything that a plan is a function of. Reading happens behind the functions, at the edge. */
export interface World {
  /** As the base branch has it: the head of a pull request never governs itself. */
  readonly platform: Platform
  readonly base: TreeReader
  readonly generator: string
  readonly holds: readonly Hold[]
  readonly calendars: CalendarFile
  /** Seconds since 1970. */
  readonly now: number
  /** Revisions that a unit has held on the base branch, newest first. */
  history(environment: string, unit: string): readonly Held[]
  /** The files, and the platform, of an earlier commit. */
  at(commit: string): { readonly reader: TreeReader; readonly platform: Platform }
  /** What the forge has heard about commits of the base. */
  readonly status: StatusOf
  /** People whose commits made one revision of a unit into another; of its first one, `from` is `undefined`. */
  authors(unit: string, from: string | undefined, to: string): readonly Author[]
  /** What a month costs; asked for only where something changes. */
  prices(): PriceList
  /** What the policies say of an environment whose files are these. */
  judge(environment: Environment, files: Tree): LintResult
}

/** One unit that could go from an environment into the next. */
export interface UnitPromotion {
  readonly unit: string
  readonly from: string
  readonly to: string
  /** `remove` carries a retired tenant's absence. */
  readonly kind: 'create' | 'update' | 'remove'
  readonly revision: string | undefined
  readonly previous: string | undefined
  /** Of the content that would stand in the target, and of the overrides: an approval is bound to it. */
  readonly digest: string
  readonly changes: readonly FileChange[]
  readonly operations: readonly Operation[]
  /** Of a unit that comes or goes as a whole: what it amounts to. */
  readonly whole?: UnitSummary
  readonly risk: SetRisk
  /** Why the database may hold another schema afterwards; empty when it does not. */
  readonly schema: readonly string[]
  readonly authors: readonly Author[]
  /** All but those that people open. */
  readonly gates: readonly Gate[]
  /** What of them is to be overridden. */
  readonly overrides: readonly GateOverride[]
  /** What does not go yet. */
  readonly newer: Newer
}

/** A unit that has nothing to promote, with the revisions that are on their way or held back. */
export interface Standing extends Newer {
  readonly unit: string
  /** Whether the source has the unit at all. */
  readonly present: boolean
}

/** What one pull request into an environment is about. */
export interface PromotionPlan {
  readonly from: string
  readonly to: string
  /** Its wave, or the one tenant that was asked for. */
  readonly part: { readonly wave: string } | { readonly tenant: string }
  /** Units whose gates are open, but for the human ones. */
  readonly riding: readonly UnitPromotion[]
  /** Units that would ride if a gate opened. */
  readonly waiting: readonly UnitPromotion[]
  readonly standing: readonly Standing[]
  readonly risk: SetRisk
  /** Findings of the target environment: what the riding units bring, keep, mend, and what is accepted. */
  readonly findings: FindingDelta
  /** Who connects to whom differently in the target once the riding units stand there. */
  readonly reach: ReachChange
  /** What they ask for, cost and promise differently. */
  readonly capacity: CapacityChange
}

export interface FindingDelta {
  readonly added: readonly Finding[]
  readonly carried: readonly Finding[]
  readonly fixed: readonly Finding[]
  readonly waived: readonly Finding[]
}

/** The key of a unit wherever units of several environments meet: `production/acme`. */
export function unitKey(environment: string, unit: string): string {
  return `${environment}/${unit}`
}

/** What somebody wants of one tenant, and what of it stands in the open pull request already. */
export interface Request {
  readonly tenant: string
  readonly wish?: Wish
  readonly standing?: { readonly revision: string | undefined; readonly overrides: readonly GateOverride[] }
}

/**
 * Plans the promotion into an environment, a plan for each wave in their order. Level-triggered: a function of the
 * repository, the calendar and the time, so that planning twice gives the same plans.
 *
 * @param request the one tenant to promote, in a plan of its own; all of them otherwise
 */
export function planPromotions(world: World, target: Environment, request?: Request): readonly PromotionPlan[] {
  const units = unitsOf(world.platform, target)
  const before = world.base.below(`${ENVIRONMENTS}/${target.name}`)
  const standing = { before, verdict: world.judge(target, before) }
  if (request !== undefined) {
    const { tenant } = request
    const members = units.filter(({ name }) => name === tenant)
    return [planPart(world, target, members, { tenant }, standing, request)]
  }
  const { waves } = target
  if (waves.length === 0) return [planPart(world, target, units, { wave: ONLY_WAVE }, standing)]
  return waves.map((wave, index) => {
    const members = units.filter(({ name }) => waveIndex(waves, name) === index)
    return planPart(world, target, members, { wave: wave.name }, standing)
  })
}

/** An environment as it stands, and what the policies say of it. */
interface Ground {
  readonly before: Tree
  readonly verdict: LintResult
}

function planPart(
  world: World,
  target: Environment,
  units: readonly Unit[],
  part: PromotionPlan['part'],
  ground: Ground,
  request?: Request,
): PromotionPlan {
  const { platform } = world
  const planned: UnitPromotion[] = []
  const standing: Standing[] = []
  for (const unit of units) {
    const source = sourceOf(platform, unit.name, target.name)
    if (source === undefined) continue
    const retired = platform.tenants.some(tenant => tenant.name === unit.name && tenant.retired)
    const found = retired ? planRemoval(world, source, unit, request) : planUnit(world, source, target, unit, request)
    if ('operations' in found) planned.push(found)
    else standing.push(found)
  }
  const { riding, waiting, findings } = seat(world, target, ground, planned)
  const { before } = ground
  const changes = riding.flatMap(unit => unit.changes)
  return {
    from: target.after ?? '',
    to: target.name,
    part,
    riding,
    waiting,
    standing,
    risk: riskOf(riding.flatMap(({ operations }) => operations)),
    findings,
    ...analysed(world, before, changes),
  }
}

/** What the analyses tell of the change of an environment. */
function analysed(
  world: World,
  before: Tree,
  changes: readonly FileChange[],
): Pick<PromotionPlan, 'reach' | 'capacity'> {
  if (changes.length === 0) return { reach: { flows: [], own: [] }, capacity: SAME_CAPACITY }
  const indexes = indexesOf(before, applied(before, changes))
  return { reach: reachBetween(indexes), capacity: capacityChange(indexes, world.prices()) }
}

function planUnit(
  world: World,
  source: Environment,
  target: Environment,
  unit: Unit,
  request?: Request,
): UnitPromotion | Standing {
  const { platform, base, generator, now } = world
  const recorded = recordedUnit(base, target.name, unit.name)
  const holds = heldRevisions(world.holds, target.name, unit.name)
  const history = world.history(source.name, unit.name)
  const { chosen, ...newer } = candidateOf(history, recorded?.revision, {
    holds,
    soak: held => soakGate(target, held, now),
    wave: held => waveGate(world, target, unit.name, held.revision),
    overrides: (gate, held) => isWished(request, gate.name, held.revision),
  })
  const standing: Standing = { unit: unit.name, present: history.length > 0, ...newer }
  if (chosen === undefined) return standing
  const then = world.at(chosen.commit)
  const from = recordedUnit(then.reader, source.name, unit.name)
  if (from === undefined) return standing
  const files = render({ ...unit, promoted: from.promoted }, generator, platform.locate)
  const changes = unitChanges(base, { environment: target.name, name: unit.name }, recorded, files)
  const promotion = assemble(world, source, target, unit.name, recorded, files, changes)
  const before = statedRelease(recorded?.promoted.tenant, unit.local.tenant)
  const after = statedRelease(from.promoted.tenant, unit.local.tenant)
  const promoted: Unbound = {
    ...promotion,
    kind: recorded === undefined ? 'create' : 'update',
    schema: schemaChanges(before, after),
    revision: chosen.revision,
    authors: world.authors(unit.name, recorded?.revision, chosen.revision),
    gates: [
      determinismGate(source.name, unit.name, from, then, generator),
      originGate(source.name, chosen),
      soakGate(target, chosen, now),
      waveGate(world, target, unit.name, chosen.revision),
      healthGate(world.status, target, source.name, unit.name, chosen),
      calendarGate(world, target, unit.name, promotion.operations, 'change'),
      migrationGate(world, target, unit.name, { kind: 'forward', before, after }),
      cutoverGate(world, target, unit.name),
      evidenceGate(base, target.name, unit.name, target.gates.evidence, now),
    ],
    newer,
  }
  return bound(world, promoted, files, request)
}

function isWished(request: Request | undefined, gate: GateName, revision: string): boolean {
  const { wish, standing } = request ?? {}
  const stands = standing?.revision === revision && standing.overrides.some(override => override.gate === gate)
  return wish?.gates.includes(gate) === true || stands
}

/** A unit to which the overrides that are asked for are still to be added. */
type Unbound = Omit<UnitPromotion, 'digest' | 'overrides'>

/** Adds the overrides that are asked for this very content, and binds the unit to them. */
function bound(
  { base }: World,
  promotion: Unbound,
  files: ReadonlyMap<string, string>,
  request: Request | undefined,
): UnitPromotion {
  const content = contentDigest(files)
  const file = overridesFile(promotion.to, promotion.unit)
  const before = base.read(file)
  const { wish, standing } = request ?? {}
  const isOpenable = (name: GateName) =>
    // Who has room is told later, of all who ride together.
    name === 'capacity' || promotion.gates.some(gate => gate.name === name && isClosed(gate) && gate.firm !== true)
  const wished = (wish?.gates ?? [])
    .filter(isOpenable)
    .map(gate => ({ gate, content, reason: wish?.reason ?? '', by: wish?.by ?? '' }))
  const stated = [...(standing?.overrides ?? []).filter(override => override.content === content), ...wished]
  const known = readOverrides(file, before)
  const asked = newOverrides(known, stated, content).filter(
    ({ gate }, index, all) => all.findIndex(other => other.gate === gate) === index,
  )
  const text = asked.length === 0 ? before : addOverrides(before, asked)
  return {
    ...promotion,
    digest: boundDigest(content, readOverrides(file, text)),
    overrides: asked,
    changes: asked.length === 0 ? promotion.changes : [...promotion.changes, { path: file, before, after: text }],
    gates: withOverrides(promotion.gates, asked),
  }
}

/** A retired tenant leaves the target once it has left the source. */
function planRemoval(world: World, source: Environment, unit: Unit, request?: Request): UnitPromotion | Standing {
  const { platform, base, now } = world
  const target = platform.environments.find(({ name }) => name === unit.environment)
  const recorded = recordedUnit(base, unit.environment, unit.name)
  const newer: Newer = { soaking: [], behind: [], onHold: [] }
  const nothing: Standing = { unit: unit.name, present: recorded !== undefined, ...newer }
  if (target === undefined || recorded === undefined) return nothing
  if (recordedUnit(base, source.name, unit.name) !== undefined) return nothing
  const folder = unitFolder(target.name, unit.name)
  const changes = [...base.below(folder)].map(([path, before]) => ({ path, before, after: undefined }))
  const promotion = assemble(world, source, target, unit.name, recorded, new Map(), changes)
  const left = world.history(source.name, unit.name)[0]
  const removed: Unbound = {
    ...promotion,
    // Whatever stands in its files: what people have in it goes.
    risk: { class: 'destructive', because: promotion.risk.because },
    kind: 'remove',
    schema: [],
    revision: undefined,
    authors: [],
    gates: [
      { name: 'origin', state: 'open', reason: `the tenant is retired, and ${source.name} has none of it` },
      left === undefined
        ? { name: 'soak', state: 'open', reason: `nothing of it is left in ${source.name}` }
        : soakGate(target, { revision: left.revision, commit: left.commit, since: left.until ?? left.since }, now),
      calendarGate(world, target, unit.name, promotion.operations, 'change'),
      migrationGate(world, target, unit.name, { kind: 'removal' }),
    ],
    newer,
  }
  return bound(world, removed, new Map(), request)
}

function assemble(
  { base }: World,
  source: Environment,
  target: Environment,
  unit: string,
  recorded: UnitFile | undefined,
  files: ReadonlyMap<string, string>,
  changes: readonly FileChange[],
) {
  const folder = unitFolder(target.name, unit)
  const before = manifestsOf(
    new Map(Object.keys(recorded?.files ?? {}).map(path => [path, base.read(`${folder}/${path}`) ?? ''])),
  )
  const after = manifestsOf(files)
  const operations = differences(before, after)
  const isWhole = recorded === undefined || files.size === 0
  return {
    unit,
    from: source.name,
    to: target.name,
    previous: recorded?.revision,
    changes,
    operations,
    ...(isWhole ? { whole: unitSummary(recorded === undefined ? after : before) } : {}),
    risk: riskOf(operations),
  }
}

/** What an approval of a unit is bound to: the digest of all its files. */
export function contentDigest(files: ReadonlyMap<string, string>): string {
  return digestOf(toJson(Object.fromEntries(files)))
}

/** The manifests among the files of a unit. */
export function manifestsOf(files: ReadonlyMap<string, string>): Manifest[] {
  return [...files]
    .filter(([path]) => path !== KUSTOMIZATION && path !== UNIT_FILE)
    .flatMap(([path, text]) => parseManifests(path, text).sources.map(({ manifest }) => manifest))
}

/** Sorts out who rides: those whose own gates are open, less those that would bring a finding with them. */
function seat(world: World, target: Environment, ground: Ground, wanted: readonly UnitPromotion[]) {
  const { before, verdict: base } = ground
  const planned = fitted(target, before, wanted)
  const waiting: UnitPromotion[] = []
  let riding = planned.filter(promotion => !promotion.gates.some(isWaitedFor))
  for (const promotion of planned) {
    if (riding.includes(promotion)) continue
    const alone = world.judge(target, applied(before, promotion.changes))
    waiting.push(withJudgement(promotion, target, base, alone))
  }
  let judged: { head: LintResult; seats: UnitPromotion[] }
  do {
    const head = world.judge(
      target,
      applied(
        before,
        riding.flatMap(({ changes }) => changes),
      ),
    )
    judged = { head, seats: riding.map(promotion => withJudgement(promotion, target, base, head)) }
    waiting.push(...judged.seats.filter(({ gates }) => gates.some(isWaitedFor)))
    riding = judged.seats.filter(({ gates }) => !gates.some(isWaitedFor))
  } while (riding.length < judged.seats.length)
  return { riding, waiting: waiting.sort(byUnit), findings: deltaOf(base, judged.head) }
}

/** Finds out who fits: all together where that works, else one on top of the other. */
function fitted(target: Environment, before: Tree, planned: readonly UnitPromotion[]): readonly UnitPromotion[] {
  const asked = target.gates.capacity
  if (planned.length === 0) return []
  if (asked === undefined) {
    const reason = `${target.name} does not ask for it`
    return planned.map(unit => ({
      ...unit,
      gates: [...unit.gates, { name: 'capacity', state: 'not configured', reason }],
    }))
  }
  const known = shortages(asked, before)
  const gateOf = ({ unit }: UnitPromotion, changes: readonly FileChange[]) =>
    capacityGate(`${unitFolder(target.name, unit)}/`, known, shortages(asked, applied(before, changes)))
  const able = planned.filter(({ gates }) => !gates.some(isWaitedFor))
  const together = shortages(
    asked,
    applied(
      before,
      able.flatMap(({ changes }) => changes),
    ),
  )
  const fits = able.every(
    ({ unit }) => !isWaitedFor(capacityGate(`${unitFolder(target.name, unit)}/`, known, together)),
  )
  let taken: readonly FileChange[] = []
  return planned.map(unit => {
    const rides = able.includes(unit)
    const gate =
      rides && fits ? capacityGate('', known, known) : gateOf(unit, rides ? [...taken, ...unit.changes] : unit.changes)
    if (rides && !isWaitedFor(gate)) taken = [...taken, ...unit.changes]
    return { ...unit, gates: withOverrides([...unit.gates, gate], unit.overrides) }
  })
}

function withJudgement(
  promotion: UnitPromotion,
  target: Environment,
  base: LintResult,
  head: LintResult,
): UnitPromotion {
  const folder = `${unitFolder(target.name, promotion.unit)}/`
  const others = promotion.gates.filter(({ name }) => name !== 'policy' && name !== 'schema')
  const gates = [policyGate(folder, base, head), schemaGate(folder, base, head), ...others]
  return { ...promotion, gates: inOrder(withOverrides(gates, promotion.overrides)) }
}

/** A tree with changes applied. */
export function applied(tree: Tree, changes: readonly FileChange[]): Tree {
  const result = new Map(tree)
  for (const { path, after } of changes) {
    if (after === undefined) result.delete(path)
    else result.set(path, after)
  }
  return result
}

function deltaOf(base: LintResult, head: LintResult): FindingDelta {
  const before = new Set(base.findings.map(({ fingerprint }) => fingerprint))
  const after = new Set(head.findings.map(({ fingerprint }) => fingerprint))
  const open = head.findings.filter(({ state }) => state !== 'waived')
  return {
    added: open.filter(({ fingerprint }) => !before.has(fingerprint)),
    carried: open.filter(({ fingerprint }) => before.has(fingerprint)),
    fixed: base.findings.filter(({ fingerprint, state }) => state !== 'waived' && !after.has(fingerprint)),
    waived: head.findings.filter(({ state }) => state === 'waived'),
  }
}

/** The platform unit goes first, then tenants by name. */
function byUnit(left: UnitPromotion, right: UnitPromotion): number {
  if (left.unit === right.unit) return 0
  if (left.unit === PLATFORM_UNIT || right.unit === PLATFORM_UNIT) return left.unit === PLATFORM_UNIT ? -1 : 1
  return left.unit < right.unit ? -1 : 1
}
