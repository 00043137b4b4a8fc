import { codeSpan, diffMarkdown } from '../report/diff-markdown.ts'
import { objectNames } from '../report/object-names.ts'
import { count } from '../report/plural.ts'
import { ONLY_WAVE } from '../spec/wave.ts'
import { short } from '../synth/unit-file.ts'
import { type Gate, isClosed } from './gate.ts'
import { group } from './group.ts'
import { formatTime } from './instant.ts'
import type { Operation } from './operation.ts'
import type { PromotionPlan, UnitPromotion } from './plan.ts'
import type { ReachEffect } from './reach-change.ts'

/** Characters that GitHub takes in a body is 65 536; the rest is left to people and to other bots. */
const LONGEST = 58_000
/** Characters kept for the list of changes. */
const CHANGES = 20_000

/** The gates of each riding unit, the human ones included. */
export type GatesByUnit = ReadonlyMap<string, readonly Gate[]>

/**
 * The body of a promotion's pull request. Its first screen answers what an approver asks on a Friday evening: who is
 * concerned, what is destroyed, does the schema change, what is still closed, and how to undo it.
 */
export function promotionBody(plan: PromotionPlan, gates: GatesByUnit): string {
  const { riding, to } = plan
  const operations = riding.flatMap(unit => unit.operations)
  const sections = [
    firstScreen(plan, gates, operations),
    section(
      'Why now',
      riding.map(({ unit, revision, previous, gates: own }) => whyNow(unit, revision, previous, own)).join('\n'),
    ),
    section(
      'What changes',
      diffMarkdown(group(new Map(riding.map(unit => [`${unit.unit}/${to}`, unit.operations]))), CHANGES),
    ),
    section('Who connects to whom', connections(plan)),
    section('Gates', gateTable(gates)),
    section('Findings', findings(plan)),
    section('Not in this pull request', left(plan)),
    folded('Files', files(riding)),
  ]
  const body = sections.filter(text => text !== '').join('\n\n')
  return body.length <= LONGEST
    ? `${body}\n`
    : `${body.slice(0, LONGEST)}\n\nThe rest is in the files of this pull request.\n`
}

function firstScreen(
  { riding, from, to, risk }: PromotionPlan,
  gates: GatesByUnit,
  operations: readonly Operation[],
): string {
  const destructive = operations.filter(operation => operation.destructive)
  const schema = riding.filter(({ schema }) => schema.length > 0).map(({ unit }) => unit)
  const closed = [...gates].flatMap(([unit, own]) => own.filter(isClosed).map(gate => ({ unit, gate })))
  const rows: [string, string][] = [
    ['Tenants', riding.map(({ unit }) => unit).join(', ')],
    ['Environment', `${from} → **${to}**`],
    ['Destructive', destructive.length === 0 ? 'none' : `**${objectNames(destructive.map(({ object }) => object))}**`],
    ['Schema change', schema.length === 0 ? 'no' : `yes, by the migration of ${schema.join(', ')}`],
    [
      'Risk',
      risk.because.length === 0
        ? risk.class
        : `${risk.class}: ${[...new Set(risk.because.map(({ risk: { reason } }) => reason))].slice(0, 3).join('; ')}`,
    ],
    ['Closed gates', closed.length === 0 ? 'none' : closedGates(closed)],
    [
      'Undo',
      riding
        .map(({ unit }) => `\`waybill rollback ${to} ${unit}\``)
        .slice(0, 3)
        .join(', ') + (riding.length > 3 ? ', …' : ''),
    ],
    [
      'After the undo',
      schema.length === 0
        ? 'everything is as before'
        : 'the manifests are as before; the database keeps its new schema, and only a restore from backup brings old data back',
    ],
  ]
  return [`| | |`, `|---|---|`, ...rows.map(([name, value]) => `| **${name}** | ${cell(value)} |`)].join('\n')
}

/** The same gate closed for several units is one entry. */
function closedGates(closed: readonly { unit: string; gate: Gate }[]): string {
  const byReason = new Map<string, { gate: Gate; units: string[] }>()
  for (const { unit, gate } of closed) {
    const key = `${gate.name}\n${gate.reason}`
    const known = byReason.get(key)
    if (known === undefined) byReason.set(key, { gate, units: [unit] })
    else known.units.push(unit)
  }
  return [...byReason.values()]
    .map(
      ({ gate, units }) =>
        `${gate.name} (${units.join(', ')}): ${gate.reason}${gate.eta === undefined ? '' : `, opens ${formatTime(gate.eta)}`}`,
    )
    .join('<br>')
}

function whyNow(
  unit: string,
  revision: string | undefined,
  previous: string | undefined,
  gates: readonly Gate[],
): string {
  const held = gates.filter(({ name }) => name === 'origin' || name === 'soak').map(({ reason }) => reason)
  const step = `${previous === undefined ? 'nothing' : `\`${short(previous)}\``} → ${revision === undefined ? 'nothing' : `\`${short(revision)}\``}`
  return `- **${unit}** ${step}: ${held.join('; ')}`
}

function gateTable(gates: GatesByUnit): string {
  const mark = { open: '✅', closed: '⛔', 'not configured': '' }
  const rows = [...gates].flatMap(([unit, own]) =>
    own
      .filter(({ state }) => state !== 'not configured')
      .map(
        ({ name, state, reason, opens }) =>
          `| ${unit} | ${name} | ${mark[state]} ${state} | ${cell(opens === undefined ? reason : `${reason}. Opens: ${opens}`)} |`,
      ),
  )
  const idle = new Set(
    [...gates].flatMap(([, own]) => own.filter(({ state }) => state === 'not configured').map(({ name }) => name)),
  )
  const rest = idle.size === 0 ? [] : ['', `Not configured: ${[...idle].join(', ')}.`]
  return ['| unit | gate | state | reason |', '|---|---|---|---|', ...rows, ...rest].join('\n')
}

function findings({ findings: { added, carried, fixed, waived } }: PromotionPlan): string {
  const counts = `${added.length} new, ${carried.length} carried, ${fixed.length} fixed, ${waived.length} waived`
  const lines = added
    .slice(0, 20)
    .map(({ severity, policy, object, message }) => `- ${severity} \`${policy}\` ${object}: ${message}`)
  return [counts, ...lines].join('\n')
}

/** More changes of one kind than these are counted. */
const FLOWS = 12
/** More tenants than these are counted. */
const TENANTS = 8

const VERBS: Readonly<Record<ReachEffect, string>> = {
  opens: 'opens',
  closes: 'closes',
  clouds: 'can no longer be told',
}

function connections({ reach: { flows, own } }: PromotionPlan): string {
  if (flows.length + own.length === 0) return 'As before: no connection opens, and none closes.'
  const names = (list: readonly string[], most: number) => {
    const shown = list.slice(0, most).map(codeSpan).join(', ')
    return list.length > most ? `${shown} and ${list.length - most} more` : shown
  }
  const lines = own.map(({ tenant, effect, flows: amount }) =>
    effect === 'opens'
      ? `- ${codeSpan(tenant)} is new: ${count(amount, 'connection')} among its own pods, and what follows`
      : `- ${codeSpan(tenant)} goes, with ${count(amount, 'connection')} among its own pods, and what follows`,
  )
  for (const effect of ['opens', 'closes', 'clouds'] as const) {
    const changed = flows.filter(flow => flow.effect === effect)
    for (const { from, to, ports, tenants } of changed.slice(0, FLOWS)) {
      const whose = tenants.length === 0 ? '' : `, ${tenants.length > 1 ? 'of' : 'in'} ${names(tenants, TENANTS)}`
      lines.push(`- **${VERBS[effect]}**: ${names(from, TENANTS)} → ${names(to, TENANTS)} on ${ports}${whose}`)
    }
    if (changed.length > FLOWS) lines.push(`- and ${changed.length - FLOWS} more of this kind`)
  }
  return lines.join('\n')
}

function left({ riding, waiting, standing, to }: PromotionPlan): string {
  const lines = waiting.map(({ unit, gates }) => {
    const reasons = gates
      .filter(isClosed)
      .map(gate => `${gate.name}: ${gate.reason}${gate.eta === undefined ? '' : `, opens ${formatTime(gate.eta)}`}`)
    return `- **${unit}** waits. ${reasons.join('; ')}`
  })
  for (const { unit, soaking, behind, onHold } of [
    ...riding.map(({ unit, newer }) => ({ unit, ...newer })),
    ...standing,
  ]) {
    for (const { held, gate } of behind) {
      lines.push(
        `- **${unit}** \`${short(held.revision)}\` ${gate.reason}${gate.eta === undefined ? '' : `, opens ${formatTime(gate.eta)}`}`,
      )
    }
    for (const { held, ready } of soaking) {
      lines.push(
        `- **${unit}** \`${short(held.revision)}\` still soaks${ready === undefined ? '' : `, until ${formatTime(ready)}`}`,
      )
    }
    for (const held of onHold) {
      lines.push(`- **${unit}** \`${short(held.revision)}\` is on hold; \`waybill resume ${to} ${unit}\` lifts it`)
    }
  }
  return lines.join('\n')
}

function files(riding: readonly UnitPromotion[]): string {
  const sign = (before: string | undefined, after: string | undefined) =>
    before === undefined ? '+' : after === undefined ? '−' : '~'
  const lines = riding.flatMap(({ changes }) =>
    changes.map(({ path, before, after }) => `${sign(before, after)} ${path}`),
  )
  return [
    '```diff',
    ...lines.slice(0, 300),
    ...(lines.length > 300 ? [`and ${lines.length - 300} more`] : []),
    '```',
  ].join('\n')
}

/** The title: what goes where, in one line that fits a list. */
export function promotionTitle({ riding, to, part }: PromotionPlan): string {
  const names = riding.map(({ unit }) => unit)
  const shown = names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ')
  return `Promote ${shown} to ${to}${'wave' in part && part.wave !== ONLY_WAVE ? ` (wave ${part.wave})` : ''}`
}

/** The message of the commit: its trailers are the record that any Git tool can read. */
export function promotionMessage(plan: PromotionPlan, approvedBy: readonly string[], number?: number): string {
  const { riding, from, to, part } = plan
  const trailers = [
    `Waybill-Promotion: ${from} -> ${to}`,
    ...('wave' in part && part.wave !== ONLY_WAVE ? [`Waybill-Wave: ${part.wave}`] : []),
    ...riding.map(({ unit, revision }) => `Waybill-Unit: ${to}/${unit} ${revision ?? 'removed'}`),
    ...riding.flatMap(({ unit, overrides }) =>
      overrides.map(
        ({ gate, by, reason }) => `Waybill-Override: ${to}/${unit} ${gate} by ${by}: ${reason.replaceAll('\n', ' ')}`,
      ),
    ),
    ...approvedBy.map(person => `Approved-by: ${person}`),
  ]
  return `${promotionTitle(plan)}${number === undefined ? '' : ` (#${number})`}\n\n${trailers.join('\n')}\n`
}

function section(title: string, text: string): string {
  return text.trim() === '' ? '' : `### ${title}\n\n${text.trim()}`
}

function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text}\n\n</details>`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
