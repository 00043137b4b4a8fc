import { type Command, Option } from 'commander'
import type { AddressSet } from '../analysis/address-set.ts'
import { type PodEndpoint, type RangeEndpoint, rangeEndpoint } from '../analysis/endpoint.ts'
import { endpointsNamed } from '../analysis/endpoint-name.ts'
import { union } from '../analysis/interval-set.ts'
import { formatPorts } from '../analysis/port-set.ts'
import { type Reach, reachOf } from '../analysis/reach.ts'
import type { Edge, EdgeFact, Fact, Reachability } from '../analysis/reach-edge.ts'
import type { Group } from '../analysis/reach-group.ts'
import { reachBetween } from '../analysis/reach-part.ts'
import { type ReachPath, waysInto } from '../analysis/reach-path.ts'
import { routeEntriesOf } from '../analysis/route-entry.ts'
import { serviceTargetsOf } from '../analysis/service-target.ts'
import { strangersOf } from '../analysis/stranger.ts'
import { type Index, indexOf } from '../manifest/manifest-index.ts'
import { nearest } from '../manifest/nearest.ts'
import { type EndpointNames, endpointNames } from '../report/endpoint-names.ts'
import { count } from '../report/plural.ts'
import { edgeData, pathData, reachData } from '../report/reach-json.ts'
import { factLines, pathText, reachText } from '../report/reach-text.ts'
import { inputError } from '../spec/problem.ts'
import type { Outcome } from './command.ts'
import { manifestsArgument, manifestsIn, standingFor } from './standing.ts'

export function define(command: Command): Command {
  return manifestsArgument(command)
    .option('--from <name>', 'only what leaves these')
    .option('--to <name>', 'only what arrives at these')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'dot', 'mermaid']).default('text'),
    )
    .addHelpText(
      'after',
      `
Who can connect to whom, as the NetworkPolicies say. A name is a workload (namespace/name or namespace/Kind/name), a
namespace, a zone (the label waybill.dev/zone), "outside", or addresses outside. With --from and --to, the verdict and
every line that it rests on. Pods that policies name and that are in no manifest are shown as such; of what isolates
them nothing is known.

Examples:
  waybill reach --env production
  waybill reach --env production --from outside --to acme-production-app/odoo-web
  waybill reach k8s/ --to zone:data
  waybill reach --env production --format dot | dot -Tsvg > reach.svg`,
    )
}

interface Options {
  readonly env?: string
  readonly from?: string
  readonly to?: string
  readonly format?: 'text' | 'json' | 'dot' | 'mermaid'
}

type Ends = readonly (PodEndpoint | RangeEndpoint)[]

export async function run(paths: readonly string[], options: Options): Promise<Outcome> {
  const { environment, files, preview } = await standingFor(paths, options.env)
  const index = indexOf(manifestsIn(files), { profile: 'standard' })
  const reach = reachOf(index, strangersOf(index))
  const from = options.from === undefined ? undefined : endsOf('--from', options.from, reach)
  const to = options.to === undefined ? undefined : endsOf('--to', options.to, reach)
  const part = reachBetween(reach, from, to)
  const judged = from === undefined || to === undefined ? undefined : judgement(index, reach, from, to)
  return {
    code: 0,
    text: await textOf(),
    data: {
      environment: environment?.name ?? null,
      preview,
      ...reachData(part),
      verdicts: judged?.pairs.map(({ edge }) => edgeData(edge)) ?? null,
      waysIn:
        judged?.ways.map(({ to, path }) => ({ to: to.id, path: path === undefined ? null : pathData(path) })) ?? null,
    },
  }

  async function textOf(): Promise<string> {
    if (options.format === 'dot') return (await import('../report/reach-dot.ts')).reachDot(part)
    if (options.format === 'mermaid') return (await import('../report/reach-mermaid.ts')).reachMermaid(part)
    const head = preview
      ? `nothing has been promoted into ${environment?.name} yet; this is what would stand there\n\n`
      : ''
    if (judged !== undefined) return head + judgementText(judged, endpointNames(reach.pods))
    const text = reachText(part)
    return head + (text === '' ? 'nothing is open\n' : text)
  }
}

/** @throws InputError when nothing, or not one thing, has the name */
function endsOf(option: string, name: string, reach: Reach): Ends {
  const named = endpointsNamed(name, reach)
  if (named.kind === 'endpoints' && named.endpoints.length > 0) return named.endpoints
  if (named.kind === 'ambiguous') {
    throw inputError(
      option,
      `"${name}" is a namespace and a zone, and they hold different pods`,
      `write namespace:${name} or zone:${name}`,
    )
  }
  const known = named.kind === 'nothing' ? named.known : []
  const near = nearest(name, known)
  const some = known.slice(0, 8).join(', ')
  throw inputError(
    option,
    `no workload, namespace or zone is called "${name}"`,
    near === undefined ? `known are ${some}${known.length > 8 ? ', …' : ''}` : `did you mean "${near}"?`,
  )
}

/** One verdict for all pairs that no policy tells apart. */
interface Pair {
  readonly from: Ends
  readonly to: Ends
  /** Of the first of them. */
  readonly edge: Edge
}

interface Judgement {
  readonly pairs: readonly Pair[]
  /** For each of the pods asked about how the outside comes to them, when it is the outside that was asked about. */
  readonly ways: readonly { readonly to: PodEndpoint; readonly path: ReachPath | undefined }[]
}

const ORDER: readonly Reachability[] = ['allowed', 'unknown', 'denied']

function judgement(index: Index, reach: Reach, from: Ends, to: Ends): Judgement {
  const targets = byGroup(to, reach)
  const pairs = new Map<string, Pair>()
  for (const source of byGroup(from, reach)) {
    for (const target of targets) {
      const [first] = source
      const second = target.find(endpoint => endpoint !== first) ?? target[0]
      if (first === undefined || second === undefined) continue
      const edge = reach.edge(first, second)
      // Policies cut the addresses outside into parts; what is the same for several parts is said once.
      const ends = [source, target].map(([end]) => (end?.kind === 'range' ? 'outside' : end?.id))
      const key = JSON.stringify([edge.verdict, edge.allowed, edge.unknown, ends])
      const same = pairs.get(key)
      pairs.set(key, same === undefined ? { from: source, to: target, edge } : joinedPair(same, source, target, edge))
    }
  }
  const sorted = [...pairs.values()].sort((a, b) => ORDER.indexOf(a.edge.verdict) - ORDER.indexOf(b.edge.verdict))
  if (!from.every(({ kind }) => kind === 'range')) return { pairs: sorted, ways: [] }
  const wayIn = waysInto(reach, routeEntriesOf(index, reach, serviceTargetsOf(index, reach)))
  return { pairs: sorted, ways: to.flatMap(end => (end.kind === 'pods' ? [{ to: end, path: wayIn(end) }] : [])) }
}

function joinedPair(one: Pair, source: Ends, target: Ends, edge: Edge): Pair {
  const [from, to] = [joinedEnds(one.from, source), joinedEnds(one.to, target)]
  const places = new Set(one.edge.because.map(placeOf))
  const others = edge.because.filter(fact => !places.has(placeOf(fact)))
  // What opens nothing opens nothing for all of them; what opens something says itself for which.
  const because = edge.verdict === 'denied' ? renamed(renamed(one.edge.because, one.from, from), one.to, to) : undefined
  return { from, to, edge: { ...one.edge, because: because ?? [...one.edge.because, ...others] } }
}

function renamed(facts: readonly EdgeFact[], [before]: Ends, [after]: Ends): readonly EdgeFact[] {
  return facts.map(fact => ({ ...fact, message: fact.message.replaceAll(`"${before?.id}"`, `"${after?.id}"`) }))
}

function placeOf({ message, place }: Fact): string {
  return place === undefined ? message : `${place.source.file} ${JSON.stringify(place.at)}`
}

function joinedEnds(one: Ends, other: Ends): Ends {
  const addresses = [...one, ...other].map(end => (end.kind === 'range' ? end.addresses : []))
  return one[0]?.kind === 'range' ? [rangeEndpoint(addresses.reduce<AddressSet>(union, []))] : one
}

function byGroup(ends: Ends, reach: Reach): readonly Ends[] {
  const groups = new Map<Group, (PodEndpoint | RangeEndpoint)[]>()
  for (const end of ends) {
    const known = groups.get(reach.groupOf(end))
    if (known === undefined) groups.set(reach.groupOf(end), [end])
    else known.push(end)
  }
  return [...groups.values()]
}

/** More verdicts than these are counted by their kind. */
const EXPLAINED = 12

function judgementText({ pairs, ways }: Judgement, names: EndpointNames): string {
  const isOpen = pairs.some(({ edge }) => edge.verdict !== 'denied')
  const nameOf = (ends: Ends, verdict: Reachability) =>
    isOpen && verdict === 'denied' && ends[0]?.kind === 'range' ? 'every other address asked about' : names(ends)
  const ofWays = ways.map(({ to, path }) =>
    path === undefined
      ? `no route, exposed Service or port of a node leads from outside to ${to.id}`
      : `the way in to ${to.id}:\n${pathText(path).trimEnd()}`,
  )
  const ofPairs = pairs.slice(0, EXPLAINED).map(({ from, to, edge }) => {
    const ports = edge.verdict === 'allowed' ? edge.allowed : edge.unknown
    const on = edge.verdict === 'denied' ? '' : ` on ${formatPorts(ports)}`
    const straight = ways.length > 0 ? ' straight' : ''
    const [source, target] = [nameOf(from, edge.verdict), nameOf(to, edge.verdict)]
    return [`${edge.verdict}${straight}: ${source} -> ${target}${on}`, ...factLines(edge.because)].join('\n')
  })
  const more = pairs.length - EXPLAINED
  const rest = more > 0 ? [`and ${count(more, 'pair')} more; ask for fewer, or with --format json`] : []
  return `${[...ofWays, ...ofPairs, ...rest].join('\n\n')}\n`
}
