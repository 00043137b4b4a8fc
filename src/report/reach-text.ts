import type { Endpoint } from '../analysis/endpoint.ts'
import { formatPorts } from '../analysis/port-set.ts'
import type { BrokenAssertion } from '../analysis/reach-assertion.ts'
import type { FlowChange, ReachDiff } from '../analysis/reach-diff.ts'
import { type Edge, type Fact, tellingFacts } from '../analysis/reach-edge.ts'
import type { ReachPart } from '../analysis/reach-part.ts'
import type { ReachPath } from '../analysis/reach-path.ts'
import { objectName } from '../manifest/manifest.ts'
import { endpointNames } from './endpoint-names.ts'
import { flowsOf } from './reach-flows.ts'

/** More names than these are counted, not listed; JSON has them all. */
const SHOWN = 4

/** Columns are no wider than this; a longer text pushes what follows it. */
const WIDEST = 60

/** By source, a line for each set of ports with everyone that is reached on them. */
export function reachText(part: ReachPart): string {
  const names = endpointNames(part.pods)
  const blocks = flowsOf(part).map(({ from, flows }) => ({
    head: names(from),
    rows: flows.map(({ to, ports, certain }) => [
      `  ${certain ? '' : 'unknown: '}${formatPorts(ports)}`,
      `-> ${names(to)}`,
    ]),
  }))
  const width = Math.min(
    WIDEST / 2,
    Math.max(0, ...blocks.flatMap(({ rows }) => rows.map(([ports = '']) => ports.length))),
  )
  return blocks
    .map(({ head, rows }) => lines([head, ...rows.map(([ports = '', to]) => `${ports.padEnd(width)}  ${to}`)]))
    .join('\n')
}

/** The verdict, and below it each fact with the line that it rests on. */
export function edgeText(edge: Edge): string {
  return lines([`${edge.verdict}: ${edge.from.id} -> ${edge.to.id}`, ...factLines(edge.because)])
}

/** Each hop with the facts that let it pass. */
export function pathText({ hops }: ReachPath): string {
  return lines(
    hops.flatMap(({ edge, via }) => {
      const through = via === undefined ? '' : ` by ${objectName(via.source.manifest)}`
      const verdict = edge.verdict === 'unknown' ? ' (unknown)' : ''
      return [`${edge.from.id} -> ${edge.to.id}${through}${verdict}`, ...factLines(edge.because)]
    }),
  )
}

export function brokenText(broken: readonly BrokenAssertion[]): string {
  return broken
    .map(({ message, example, path }) => {
      const facts = example === undefined ? [] : factLines(example.because)
      const way = path === undefined ? [] : ['  the way in:', ...indented(pathText(path))]
      return lines([message, ...facts, ...way])
    })
    .join('\n')
}

/** `+` what opens, `-` what closes, `?` what nobody can tell any more. */
export function reachDiffText({ appeared, disappeared, changes }: ReachDiff): string {
  const signed = (change: FlowChange) =>
    (
      [
        ['+', change.opened],
        ['-', change.closed],
        ['?', change.clouded],
      ] as const
    ).flatMap(([sign, ports]) =>
      ports.length === 0 ? [] : [[sign, names(idsOf(change.from)), '->', names(idsOf(change.to)), formatPorts(ports)]],
    )
  return `${lines([
    ...(appeared.length > 0 ? [`new: ${names(appeared)}`] : []),
    ...(disappeared.length > 0 ? [`gone: ${names(disappeared)}`] : []),
  ])}${columns(changes.flatMap(signed))}`
}

/** Each fact with the line that it rests on, indented; of several policies that say the same, the first. */
export function factLines(facts: readonly Fact[]): readonly string[] {
  return tellingFacts(facts).flatMap(({ fact: { message, place }, repeats }) => {
    const at = place === undefined ? '' : `${place.source.file}:${place.source.range(place.at).start.line}: `
    const others = repeats === 1 ? '1 more policy' : `each of ${repeats} more policies`
    return [`  ${at}${message}`, ...(repeats === 0 ? [] : [`  and so does ${others}`])]
  })
}

function idsOf(endpoints: readonly Endpoint[]): readonly string[] {
  return endpoints.map(({ id }) => id)
}

function names(ids: readonly string[]): string {
  const more = ids.length - SHOWN
  return more > 0 ? `${ids.slice(0, SHOWN).join(', ')} and ${more} more` : ids.join(', ')
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows)
    for (const [nth, text] of row.entries()) widths[nth] = Math.min(WIDEST, Math.max(widths[nth] ?? 0, text.length))
  return lines(
    rows.map(row =>
      row
        .map((text, nth) => text.padEnd(widths[nth] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  )
}

function indented(text: string): readonly string[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => `    ${line}`)
}

function lines(all: readonly string[]): string {
  return all.map(line => `${line}\n`).join('')
}
