import type { Endpoint, PodEndpoint } from '../analysis/endpoint.ts'
import { environmentReach } from '../analysis/environment-reach.ts'
import { type Assertion, type BrokenAssertion, brokenAssertions } from '../analysis/reach-assertion.ts'
import { type Edge, evidenceOf, tellingFacts } from '../analysis/reach-edge.ts'
import { statedAssertion } from '../analysis/stated-assertion.ts'
import { type ZoneFacts, zoneAssertions } from '../analysis/zone-assertions.ts'
import type { Range, Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import type { Fields } from '../manifest/value.ts'
import type { Evidence } from './finding.ts'
import type { Verdict } from './policy.ts'

/** A statement about who connects to whom, with its place. */
export interface Statement {
  readonly value: Fields
  readonly file: string
  readonly range: Range
}

/** What is stated of one environment. */
export interface ReachStatements {
  readonly statements: readonly Statement[]
  /** Absent for YAML that makes no environment of a platform: nothing is known of its zones. */
  readonly zones?: ZoneFacts
}

/** Judges an environment by what is stated of it. */
export function* judgeReach(index: Index, statements: ReachStatements): Generator<Verdict> {
  for (const { broken, statement, assertion, state } of judgedStatements(index, statements)) {
    if (state === 'about nobody' && statement !== undefined) {
      yield { source: sourceOf(statement, assertion), violation: { at: [], message: broken[0]?.message ?? '' } }
    } else if (state === 'broken') {
      for (const each of broken) yield* verdictsOn(each, statement)
    }
  }
}

/** What became of one assertion. Of one about a tenant of which nothing stands there, nothing can be told. */
export interface JudgedStatement {
  readonly assertion: Assertion
  /** Absent where it holds without being stated. */
  readonly statement: Statement | undefined
  readonly state: 'kept' | 'broken' | 'about nobody' | 'not told'
  readonly broken: readonly BrokenAssertion[]
}

/** Every assertion about an environment, those that people state first; none of an environment in which nothing runs. */
export function judgedStatements(index: Index, { statements, zones }: ReachStatements): readonly JudgedStatement[] {
  if (statements.length === 0 && zones === undefined) return []
  const { reach, entries, wayIn } = environmentReach(index)
  if (!reach.pods.some(({ stranger }) => !stranger)) return []
  const stated = statements.map(statement => ({ statement, assertion: statedAssertion(statement.value) }))
  const declared = stated.map(({ assertion }) => assertion)
  const byZone = zones === undefined ? [] : zoneAssertions(reach, zones, declared)
  const all = [...stated, ...byZone.map(assertion => ({ statement: undefined, assertion }))]
  const tenants = tenantsIn(index)
  return all.map(({ statement, assertion }) => {
    const broken = brokenAssertions(index, reach, entries, wayIn, [assertion])
    return { assertion, statement, state: stateOf(assertion, broken, tenants), broken }
  })
}

function stateOf(
  assertion: Assertion,
  broken: readonly BrokenAssertion[],
  tenants: ReadonlySet<string>,
): JudgedStatement['state'] {
  if (broken.length === 0) return 'kept'
  if (!broken.some(isAboutNobody)) return 'broken'
  return isAboutAbsentTenant(assertion, tenants) ? 'not told' : 'about nobody'
}

function tenantsIn(index: Index): ReadonlySet<string> {
  return new Set(environmentReach(index).reach.pods.flatMap(({ tenant }) => tenant ?? []))
}

function isAboutNobody({ from, to }: BrokenAssertion): boolean {
  return from.length === 0 || to.length === 0
}

/** What is stated of a tenant holds as long as nothing of the tenant stands there. */
function isAboutAbsentTenant({ from, to }: Assertion, present: ReadonlySet<string>): boolean {
  return [...from, ...to].some(party => 'tenant' in party && party.tenant !== undefined && !present.has(party.tenant))
}

/** Said of the line that opens the way, or that closes it; where no line does, of the pods that stand open. */
function verdictsOn(broken: BrokenAssertion, statement: Statement | undefined): readonly Verdict[] {
  const { assertion, message, example, path, via } = broken
  const place = via ?? (example === undefined ? undefined : blamed(example, broken.verdict !== 'denied'))
  const { source, at } = place ?? {
    source: statement === undefined ? undefined : sourceOf(statement, assertion),
    at: [],
  }
  if (source === undefined) return []
  const hops = path?.hops.slice(0, -1).flatMap(({ edge }) => edge.because) ?? []
  const facts = tellingFacts([...hops, ...(example?.because ?? [])]).map(({ fact }) => fact)
  const evidence: readonly Evidence[] = [
    ...evidenceOf(facts.filter(fact => fact.place?.source !== source || fact.place.at !== at)),
    ...(statement === undefined
      ? []
      : [{ file: statement.file, range: statement.range, message: `"${assertion.name}" is stated here` }]),
  ]
  return [{ source, violation: { at, message, ...(evidence.length === 0 ? {} : { evidence }) } }]
}

/** The destination answers for what comes in, so its line is blamed before that of the source. */
function blamed({ because, from, to }: Edge, isOpen: boolean): Place | undefined {
  const placed = because.filter(({ place }) => place !== undefined)
  const opener = isSeen(to) ? because.findLast(({ effect }) => effect !== 'closes') : placed.at(-1)
  const closer = placed.find(({ effect }) => effect === 'closes') ?? placed.at(-1)
  const place = isOpen ? opener?.place : closer?.place
  if (place !== undefined) return place
  const end = [to, from].find(isSeen)
  return end === undefined ? undefined : { source: end.source, at: [] }
}

function isSeen(endpoint: Endpoint): endpoint is PodEndpoint {
  return endpoint.kind === 'pods' && !endpoint.stranger
}

interface Place {
  readonly source: Source
  readonly at: FieldPath
}

/** A statement as something that a finding can be about. */
function sourceOf({ file, range }: Statement, { name }: Assertion): Source {
  const manifest = { apiVersion: 'waybill.dev/v1alpha1', kind: 'Reach', metadata: { name } }
  return { file, manifest, range: () => range }
}
