import { groupBy } from '../manifest/group-by.ts'
import { capacityMarkdown } from '../report/capacity-markdown.ts'
import { codeSpan, diffMarkdown } from '../report/diff-markdown.ts'
import { cell } from '../report/markdown.ts'
import { objectNames } from '../report/object-names.ts'
import { count } from '../report/plural.ts'
import { arrivalsMarkdown, departuresMarkdown, type WholeUnit } from '../report/unit-summary-markdown.ts'
import { PLATFORM_UNIT } from '../spec/platform.ts'
import { ONLY_WAVE } from '../spec/wave.ts'
import { short } from '../synth/unit-file.ts'
import { GATES, type Gate, isClosed } from './gate.ts'
import { group } from './group.ts'
import { formatTime } from './instant.ts'
import type { Operation } from './operation.ts'
import { overrideTrailer } from './override-trailer.ts'
import type { PromotionPlan, UnitPromotion } from './plan.ts'
import type { ChangedFlow, ReachEffect } from './reach-change.ts'
import { fitLines, someNames, someOf } from './shortened.ts'

/** Characters that GitHub takes in a body is 65 536; the rest is left to people and to other bots. */
const LONGEST = 58_000

/**
 * Characters of each section that could grow with the number of units. The changes have what the others leave of the
 * body, 20 000 at least, and the files what the changes leave.
 */
const ROOM = {
  why: 4_000,
  wholes: 12_000,
  connections: 8_000,
  capacity: 4_000,
  gates: 6_000,
  findings: 8_000,
  left: 5_000,
  names: 3_000,
} as const

/** Characters below which a list of files is of no use. */
const FEWEST = 400

/** The gates of each riding unit, the human ones included. */
export type GatesByUnit = ReadonlyMap<string, readonly Gate[]>

/**
 * The body of a promotion's pull request. Its first screen answers what an approver asks on a Friday evening: who is
 * concerned, what is destroyed, does the schema change, what is still closed, and how to undo it. The same in many units
 * is said once. What is too much for GitHub is counted, and in the report.
 *
 * @param report the command that prints all of it
 */
export function promotionBody(plan: PromotionPlan, gates: GatesByUnit, report: string): string {
  const { riding, to } = plan
  const sections = {
    why: section('Why now', fitLines(whyNow(riding), ROOM.why, 'reason')),
    connections: section('Who connects to whom', fitLines(connections(plan), ROOM.connections, 'line')),
    capacity: section('What it takes', fitLines(capacityMarkdown(plan.capacity).split('\n'), ROOM.capacity, 'line')),
    gates: section('Gates', gateTable(gates)),
    findings: section('Findings', fitLines(findings(plan), ROOM.findings, 'finding')),
    left: section('Not in this pull request', fitLines(left(plan), ROOM.left, 'unit')),
    names: folded('All of them', allNames(riding)),
  }
  const changed = riding.filter(({ whole }) => whole === undefined)
  const operations = new Map(changed.map(unit => [`${unit.unit}/${to}`, unit.operations]))
  const wholes = [arrivals(plan), departures(plan)].filter(text => text !== '')
  const screen = firstScreen(plan, gates)
  const page = (changes: string, files: string) =>
    [
      screen,
      sections.why,
      section('What changes', changes),
      sections.connections,
      sections.capacity,
      sections.gates,
      sections.findings,
      sections.left,
      sections.names,
      folded('Files', files),
      `<sub>All of it, with nothing left out: \`${report}\`</sub>`,
    ]
      .filter(text => text !== '')
      .join('\n\n')
  const told = fitLines(wholes.join('\n\n').split('\n'), ROOM.wholes, 'line')
  const rest =
    changed.length === 0 && wholes.length > 0
      ? ''
      : diffMarkdown(group(operations), LONGEST - page(`${told}\n\n-`, '').length)
  const changes = [told, rest].filter(text => text !== '').join('\n\n')
  const room = LONGEST - page(changes, '').length
  return `${page(changes, room < FEWEST ? '' : fencedFiles(riding, room - FEWEST / 2))}\n`
}

function wholeUnits({ riding, to }: PromotionPlan, kind: UnitPromotion['kind']): readonly WholeUnit[] {
  return riding.flatMap(({ unit, kind: own, whole, operations }) =>
    own === kind && whole !== undefined ? [{ unit: `${unit}/${to}`, summary: whole, operations }] : [],
  )
}

function arrivals(plan: PromotionPlan): string {
  return arrivalsMarkdown(
    wholeUnits(plan, 'create'),
    plan.reach.flows.filter(flow => isCallOfNew(plan, flow)).map(sayFlow),
  )
}

function departures(plan: PromotionPlan): string {
  return departuresMarkdown(wholeUnits(plan, 'remove'))
}

/** Whether only new units call the outside, so that it is told with what else is new. */
function isCallOfNew({ riding }: PromotionPlan, { effect, to, tenants }: ChangedFlow): boolean {
  const isNew = (tenant: string) =>
    riding.some(({ unit, kind, whole }) => unit === tenant && kind === 'create' && whole !== undefined)
  return (
    effect === 'opens' && to.every(name => name.startsWith('outside')) && tenants.length > 0 && tenants.every(isNew)
  )
}

/** Whether a database that is there already may get another schema. */
function migrates({ kind, schema }: UnitPromotion): boolean {
  return kind === 'update' && schema.length > 0
}

function firstScreen({ riding, waiting, from, to, risk }: PromotionPlan, gates: GatesByUnit): string {
  const operations = riding.flatMap(unit => unit.operations)
  const destructive = operations.filter(operation => operation.destructive)
  const migrating = riding.filter(migrates).map(({ unit }) => unit)
  const closed = [...gates].flatMap(([unit, own]) => own.filter(isClosed).map(gate => ({ unit, gate })))
  const waits = waiting.flatMap(({ unit, gates: own }) => own.filter(isClosed).map(gate => ({ unit, gate })))
  const reasons = [...new Set(risk.because.map(({ risk: { reason } }) => reason))]
  const rows: readonly (readonly [string, string])[] = [
    ['Tenants', someNames(riding.map(({ unit }) => unit))],
    ['Environment', `${from} → **${to}**`],
    ['Destructive', destructive.length === 0 ? 'none' : `**${destroyed(destructive)}**`],
    [
      'Schema change',
      migrating.length === 0
        ? 'no'
        : `yes: the migration of ${someOf(migrating, riding.length)} runs (${schemaReasons(riding)})`,
    ],
    ['Risk', risk.class === 'none' ? 'none' : `${risk.class}: ${reasons.slice(0, 3).map(cell).join('<br>')}`],
    ['Closed gates', closed.length === 0 ? 'none' : closedGates(closed, riding.length)],
    ...(waits.length === 0 ? [] : ([['Waiting', closedGates(waits, waiting.length)]] as const)),
    ['Undo', undo(riding, to)],
    ['Data returns', dataReturns(riding, migrating.length > 0)],
  ]
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| **${name}** | ${value} |`)].join('\n')
}

/** Why it runs, as far as a cell has room. */
function schemaReasons(riding: readonly UnitPromotion[]): string {
  const reasons = [...new Set(riding.filter(migrates).flatMap(({ schema }) => schema))]
  const more = reasons.length > 3 ? ` and ${count(reasons.length - 3, 'more reason')}` : ''
  return `${reasons.slice(0, 3).map(cell).join(', ')}${more}`
}

/** The objects that go, by what they are where there are many. */
export function destroyed(operations: readonly Operation[]): string {
  const objects = operations.map(({ object }) => object)
  if (objects.length <= 8) return cell(objectNames(objects))
  const kinds = groupBy(objects, ({ kind }) => kind)
  return [...kinds].map(([kind, alike]) => `${alike.length} × ${cell(kind)}`).join(', ')
}

/** Reasons of closed gates that the first screen has room for; the section on gates tells the rest. */
const REASONS = 4

/** The same gate closed for several units is one entry. */
export function closedGates(closed: readonly { unit: string; gate: Gate }[], all: number): string {
  const byReason = [...groupBy(closed, ({ gate: { name, reason, eta } }) => `${name}\n${reason}\n${eta}`).values()]
  const entries = byReason.slice(0, REASONS).flatMap(alike => {
    const [first] = alike
    if (first === undefined) return []
    const { name, reason, eta } = first.gate
    const units = someOf(
      alike.map(({ unit }) => unit),
      all,
    )
    const opens = eta === undefined ? '' : `; **opens ${formatTime(eta)}**`
    return [`${name} (${units}): ${cell(reason)}${opens}`]
  })
  const more = byReason.length - entries.length
  return [...entries, ...(more === 0 ? [] : [`and ${count(more, 'more reason')} below`])].join('<br>')
}

/** The commands that take it back. What has just come has nothing before it, and what has gone has nothing to go back from. */
function undo(riding: readonly UnitPromotion[], to: string): string {
  const of = (kind: UnitPromotion['kind']) => riding.filter(unit => unit.kind === kind).map(({ unit }) => unit)
  const [updated, created, removed] = [of('update'), of('create').filter(unit => unit !== PLATFORM_UNIT), of('remove')]
  const command = (unit: string) => `\`waybill rollback ${to} ${unit} --reason "…"\``
  const parts = [
    updated.length > 3
      ? `${command('<tenant>')}, for each of the ${updated.length}`
      : updated.map(unit => command(unit)).join('<br>'),
    of('create').includes(PLATFORM_UNIT) ? `${PLATFORM_UNIT}: new here, so nothing to go back to, and it stays` : '',
    created.length === 0
      ? ''
      : `${someNames(created)}: new here, so nothing to go back to; \`retired: true\` takes ${created.length > 1 ? 'them' : 'it'} out again`,
    removed.length === 0
      ? ''
      : `${someNames(removed)}: take \`retired: true\` back and promote from the first environment on`,
  ]
  return parts.filter(part => part !== '').join('<br>')
}

/** Whether the older code finds its data as it left it. */
function dataReturns(riding: readonly UnitPromotion[], isMigrated: boolean): string {
  const operations = riding.flatMap(unit => unit.operations)
  const backups = operations.filter(({ action, object }) => action === 'create' && object.kind === 'Backup')
  const names = [...new Set(backups.map(({ object }) => codeSpan(object.name)))]
  const backup = names.length === 0 ? 'A backup' : `Backup ${someNames(names)}, made before the migration,`
  const parts = [
    deletion(operations.filter(({ destructive }) => destructive)),
    isMigrated
      ? `**no**: the database keeps the new schema. ${backup} brings the old one back, without what people enter after the merge`
      : '',
  ].filter(part => part !== '')
  if (parts.length > 0) return parts.join('<br>')
  return riding.every(({ kind }) => kind === 'create') ? 'there is none here yet' : 'nothing of it is touched'
}

/** Whether what is destroyed comes back. */
function deletion(destructive: readonly Operation[]): string {
  if (destructive.length === 0) return ''
  return destructive.every(({ kept }) => kept === true)
    ? 'as long as nobody deletes by hand what the engine leaves standing; then from a backup, or **not at all**'
    : '**no**: what is deleted comes back from a backup, or not at all'
}

/** Where the units come from and who wrote what they bring; what is the same for many is said once. */
function whyNow(riding: readonly UnitPromotion[]): readonly string[] {
  const told = riding.map(({ unit, revision, previous, gates, authors }) => {
    const origin = gates.find(({ name }) => name === 'origin')?.reason ?? ''
    const people = [...new Set(authors.map(({ name }) => name))]
    const by = people.length === 0 ? '' : `; written by ${someNames(people)}`
    const id = revision === undefined ? undefined : short(revision)
    const step = `${previous === undefined ? 'new' : `\`${short(previous)}\``} → ${id === undefined ? 'removed' : `\`${id}\``}`
    return { unit, step, reason: cell(`${id === undefined ? origin : origin.replaceAll(id, 'it')}${by}`) }
  })
  return [...groupBy(told, ({ reason }) => reason)].map(([reason, alike]) => {
    const units = someOf(
      alike.map(({ unit }) => unit),
      riding.length,
    )
    return `- **${units}**${alike.length === 1 ? ` ${alike[0]?.step}` : ''}: ${reason}`
  })
}

const MARKS = { open: '✅', closed: '⛔', 'not configured': '–' } as const

/**
 * What is closed, and what people said, a line for each reason; of the gates that are open for every unit, the names. Why
 * they are open changes with every hour, and nobody wants to be told.
 */
function gateTable(gates: GatesByUnit): string {
  const all = [...gates].flatMap(([unit, own]) => own.map(gate => ({ unit, gate })))
  const told = all.filter(({ gate }) => isClosed(gate) || (gate.name === 'approvals' && gate.state === 'open'))
  const alike = groupBy(told, ({ gate: { name, state, reason, opens } }) => [name, state, reason, opens].join('\n'))
  const rows = [...alike.values()].flatMap(same => {
    const [first] = same
    if (first === undefined) return []
    const { name, state, reason, opens } = first.gate
    const units = someOf(
      same.map(({ unit }) => unit),
      gates.size,
    )
    return [`| ${MARKS[state]} ${name} | ${units} | ${cell(reason)} | ${cell(opens ?? '')} |`]
  })
  const quiet = (state: Gate['state']) =>
    GATES.filter(name => {
      const own = all.filter(({ gate }) => gate.name === name && !told.some(({ gate: other }) => other === gate))
      return own.length > 0 && own.every(({ gate }) => gate.state === state)
    })
  const lines = (['open', 'not configured'] as const)
    .map(state => ({ state, names: quiet(state) }))
    .filter(({ names }) => names.length > 0)
    .map(({ state, names }) => `${MARKS[state]} ${state}: ${names.join(', ')}`)
  const table =
    rows.length === 0
      ? ''
      : `| gate | units | why | what opens it |\n|---|---|---|---|\n${fitLines(rows, ROOM.gates, 'reason')}`
  return [table, lines.join('<br>\n')].filter(text => text !== '').join('\n\n')
}

function findings({ findings: { added, carried, fixed, waived } }: PromotionPlan): readonly string[] {
  const counts = `${added.length} new, ${carried.length} carried, ${fixed.length} fixed, ${waived.length} waived`
  return [
    counts,
    ...added.map(({ severity, policy, object, message }) => cell(`${severity} ${policy} ${object}: ${message}`)),
  ].map((line, index) => (index === 0 ? line : `- ${line}`))
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

function connections(plan: PromotionPlan): readonly string[] {
  const { own } = plan.reach
  if (plan.reach.flows.length + own.length === 0) return ['As before: no connection opens, and none closes.']
  const flows = plan.reach.flows.filter(flow => !isCallOfNew(plan, flow))
  const lines = own.map(({ tenant, effect, flows: amount }) =>
    effect === 'opens'
      ? `- ${codeSpan(tenant)} is new: ${count(amount, 'connection')} among its own pods, and what follows`
      : `- ${codeSpan(tenant)} goes, with ${count(amount, 'connection')} among its own pods, and what follows`,
  )
  for (const effect of ['opens', 'closes', 'clouds'] as const) {
    const changed = flows.filter(flow => flow.effect === effect)
    lines.push(...changed.slice(0, FLOWS).map(flow => `- **${VERBS[effect]}**: ${sayFlow(flow)}`))
    if (changed.length > FLOWS) lines.push(`- and ${changed.length - FLOWS} more of this kind`)
  }
  return lines
}

/** `web` → `database` on TCP 5432, in `acme`. */
function sayFlow({ from, to, ports, tenants }: ChangedFlow): string {
  const names = (list: readonly string[], most: number) => {
    const shown = list.slice(0, most).map(codeSpan).join(', ')
    return list.length > most ? `${shown} and ${list.length - most} more` : shown
  }
  const whose = tenants.length === 0 ? '' : `, ${tenants.length > 1 ? 'of' : 'in'} ${names(tenants, TENANTS)}`
  return `${names(from, TENANTS)} → ${names(to, TENANTS)} on ${ports}${whose}`
}

/** Who does not ride and why, and what is on its way; what is the same for many is said once. */
function left({ riding, waiting, standing, to }: PromotionPlan): readonly string[] {
  const lines = waiting.map(({ unit, gates }) => {
    const reasons = gates
      .filter(isClosed)
      .map(gate => `${gate.name}: ${gate.reason}${gate.eta === undefined ? '' : `, opens ${formatTime(gate.eta)}`}`)
    return { unit, text: `waits. ${cell(reasons.join('; '))}` }
  })
  for (const { unit, soaking, behind, onHold } of [
    ...riding.map(({ unit, newer }) => ({ unit, ...newer })),
    ...standing,
  ]) {
    for (const { held, gate } of behind) {
      const opens = gate.eta === undefined ? '' : `, opens ${formatTime(gate.eta)}`
      lines.push({ unit, text: `\`${short(held.revision)}\` ${cell(gate.reason)}${opens}` })
    }
    for (const { held, ready } of soaking) {
      const until = ready === undefined ? '' : `, until ${formatTime(ready)}`
      lines.push({ unit, text: `\`${short(held.revision)}\` still soaks${until}` })
    }
    for (const held of onHold) {
      const lift = `\`waybill resume ${to} ${unit}\` lifts it`
      lines.push({ unit, text: `\`${short(held.revision)}\` is on hold; ${lift}` })
    }
  }
  return [...groupBy(lines, ({ text }) => text)].map(
    ([text, alike]) => `- **${someNames(alike.map(({ unit }) => unit))}** ${text}`,
  )
}

/** Every name, where the first screen has not room for all. */
function allNames(riding: readonly UnitPromotion[]): string {
  const names = riding.map(({ unit }) => unit)
  return someNames(names) === names.join(', ') ? '' : fitLines(wrapped(names), ROOM.names, 'line')
}

/** Names in lines of a few. */
function wrapped(names: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (let start = 0; start < names.length; start += 10) lines.push(`${names.slice(start, start + 10).join(', ')},`)
  return lines.map((line, index) => (index === lines.length - 1 ? line.slice(0, -1) : line))
}

/** The files in at most `room` characters; the same file of many units is one line. */
function fencedFiles(riding: readonly UnitPromotion[], room: number): string {
  const sign = (before: string | undefined, after: string | undefined) =>
    before === undefined ? '+' : after === undefined ? '-' : '~'
  const found = riding.flatMap(({ unit, changes }) =>
    changes.map(({ path, before, after }) => ({
      line: `${sign(before, after)} ${path}`,
      alike: `${sign(before, after)} ${path.split(unit).join('{tenant}')}`,
    })),
  )
  const lines = [...groupBy(found, ({ alike }) => alike)].map(([alike, same]) =>
    same.length === 1 ? (same[0]?.line ?? alike) : `${alike}  (${same.length} ×)`,
  )
  return ['```diff', fitLines(lines, room, 'file'), '```'].join('\n')
}

/** The title: what goes where, in one line that fits a list. */
export function promotionTitle({ riding, to, part }: PromotionPlan): string {
  const names = riding.map(({ unit }) => unit)
  const shown = names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ')
  return `Promote ${shown} to ${to}${'wave' in part && part.wave !== ONLY_WAVE ? ` (wave ${part.wave})` : ''}`
}

/** The message of the commit: its trailers are the record that any Git tool can read. */
export function promotionMessage(plan: PromotionPlan): string {
  const { riding, from, to, part } = plan
  const trailers = [
    `Waybill-Promotion: ${from} -> ${to}`,
    ...('wave' in part && part.wave !== ONLY_WAVE ? [`Waybill-Wave: ${part.wave}`] : []),
    ...riding.map(({ unit, revision }) => `Waybill-Unit: ${to}/${unit} ${revision ?? 'removed'}`),
    ...riding.flatMap(({ unit, overrides }) =>
      overrides.map(({ gate, by, reason }) => overrideTrailer({ unit: `${to}/${unit}`, gate, by, reason })),
    ),
  ]
  return `${promotionTitle(plan)}\n\n${trailers.join('\n')}\n`
}

function section(title: string, text: string): string {
  return text.trim() === '' ? '' : `### ${title}\n\n${text.trim()}`
}

function folded(title: string, text: string): string {
  return text === '' ? '' : `<details><summary>${title}</summary>\n\n${text}\n\n</details>`
}
