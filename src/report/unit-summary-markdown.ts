import { groupBy } from '../manifest/group-by.ts'
import type { Operation } from '../promote/operation.ts'
import { compareRisk } from '../promote/risk.ts'
import type { UnitFact } from '../promote/unit-fact.ts'
import { type Kinds, kindsOf, type UnitSummary } from '../promote/unit-summary.ts'
import { codeSpan } from './diff-markdown.ts'
import { bullets, factLines } from './fact-bullets.ts'
import { count } from './plural.ts'

/** A unit that comes or goes as a whole. */
export interface WholeUnit {
  readonly unit: string
  readonly summary: UnitSummary
  readonly operations: readonly Operation[]
}

/**
 * Units that are new, in the few lines that decide about them: what is risky, what they answer under and call, who gets
 * rights, what holds data, and what of theirs reaches beyond their own namespaces. The manifests are counted.
 *
 * @param calls the connections to the outside that they open, a line each
 */
export function arrivalsMarkdown(units: readonly WholeUnit[], calls: readonly string[]): string {
  if (units.length === 0) return ''
  const made = new Map(units.flatMap(({ unit, summary }) => summary.namespaces.map(name => [name, unit] as const)))
  const of = (facts: (unit: WholeUnit) => readonly UnitFact[], together?: 1) =>
    factLines(new Map(units.map(unit => [unit.unit, facts(unit)])), units.length, together)
  const parts = bullets([
    ['High risk', of(riskyFacts, 1)],
    ['Rights', of(({ summary }) => summary.rights), 'nobody gets any'],
    ['Answers under', of(({ summary }) => summary.hosts), 'nothing from outside'],
    ['Calls outside', calls, 'nobody'],
    ['Holds data', of(({ summary }) => summary.data), 'nothing'],
    ['Backups', of(({ summary }) => summary.backups), 'none is scheduled'],
    ['Runs', of(({ summary }) => summary.runs), 'nothing'],
    ['Beyond its own namespaces', of(unit => beyondFacts(unit, made)), 'nothing'],
    ['Manifests', of(({ summary }) => [manifestsFact(summary)])],
  ])
  return `**New here: ${sayAll(units)}**\n\n${parts}`
}

/** Of what is destroyed, this much is told by name. */
const DESTROYED = 20

/** Units that go, what is destroyed first. */
export function departuresMarkdown(units: readonly WholeUnit[]): string {
  if (units.length === 0) return ''
  const of = (facts: (unit: WholeUnit) => readonly UnitFact[], together?: 1) =>
    factLines(new Map(units.map(unit => [unit.unit, facts(unit)])), units.length, together)
  const parts = bullets([
    ['Destroyed', of(destroyedFacts, 1), 'no data', DESTROYED],
    ['No longer answers under', of(({ summary }) => summary.hosts), 'nothing did from outside'],
    ['No longer runs', of(({ summary }) => summary.runs), 'nothing did'],
    ['Rights that end', of(({ summary }) => summary.rights.map(fact => ({ ...fact, told: '' }))), 'none'],
    ['Beyond its own namespaces', of(unit => beyondFacts(unit, undefined)), 'nothing'],
    ['Manifests', of(({ summary }) => [manifestsFact(summary)])],
  ])
  return `**Goes for good: ${sayAll(units)}**\n\n${parts}`
}

function sayAll(units: readonly WholeUnit[]): string {
  const names = units.map(({ unit }) => codeSpan(unit.split('/')[0] ?? unit))
  const shown = names.slice(0, 8).join(', ')
  const more = names.length > 8 ? ` and ${names.length - 8} more` : ''
  const all = units.reduce((sum, { summary }) => sum + summary.manifests, 0)
  return `${shown}${more}, ${count(all, 'manifest')} in all`
}

/** Kinds whose risk is told where the rights are. */
const TOLD_AS_RIGHTS = /^(Cluster)?Role(Binding)?$/

/** What is of high risk, by the reason. */
function riskyFacts({ operations }: WholeUnit): readonly UnitFact[] {
  const risky = operations.filter(
    ({ risk, object }) => compareRisk(risk.class, 'high') >= 0 && !TOLD_AS_RIGHTS.test(object.kind),
  )
  return [...groupBy(risky, ({ risk }) => risk.reason)].map(([reason, alike]) => {
    const names = kindsOf(alike.map(({ object }) => object))
    return { what: '', where: [], told: `${sayKinds(names)}: ${reason}` }
  })
}

function destroyedFacts({ operations }: WholeUnit): readonly UnitFact[] {
  return operations
    .filter(({ destructive }) => destructive)
    .map(({ object: { kind, namespace, name }, from, risk }) => ({
      what: `${kind}/${name}`,
      where: namespace === undefined ? [] : [namespace],
      told: `${from === undefined ? '' : `${from}: `}${risk.reason}`,
    }))
}

function beyondFacts({ unit, summary }: WholeUnit, made: ReadonlyMap<string, string> | undefined): readonly UnitFact[] {
  const verb = made === undefined ? 'loses' : 'gets'
  return [...summary.beyond].map(([namespace, kinds]) => {
    if (namespace === undefined) return { what: '', where: [], told: `the whole cluster ${verb} ${sayKinds(kinds)}` }
    const owner = made?.get(namespace)
    const age =
      made === undefined ? '' : owner === undefined || owner === unit ? 'is there already and ' : 'is new too and '
    return { what: namespace, where: [], told: `${age}${verb} ${sayKinds(kinds)}` }
  })
}

function manifestsFact({ manifests, kinds }: UnitSummary): UnitFact {
  return { what: '', where: [], told: `${manifests}, of them ${sayKinds(kinds)}` }
}

/** Kinds beyond these are counted. */
const KINDS = 4

/** `23 ValidatingAdmissionPolicy, 7 Application and 3 of other kinds`. */
function sayKinds(kinds: Kinds): string {
  const shown = kinds.slice(0, KINDS).map(({ kind, number }) => `${number} ${kind}`)
  const left = kinds.slice(KINDS).reduce((sum, { number }) => sum + number, 0)
  return `${shown.join(', ')}${left === 0 ? '' : ` and ${left} of other kinds`}`
}
