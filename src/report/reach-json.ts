import { cidrsOf } from '../analysis/address-set.ts'
import { type PortRange, portRanges } from '../analysis/port-set.ts'
import type { BrokenAssertion } from '../analysis/reach-assertion.ts'
import type { ReachDiff } from '../analysis/reach-diff.ts'
import type { Edge, Fact } from '../analysis/reach-edge.ts'
import type { ReachPart } from '../analysis/reach-part.ts'
import type { ReachPath } from '../analysis/reach-path.ts'
import { objectName } from '../manifest/manifest.ts'
import { formatPath } from '../manifest/path.ts'

/** Plain data, ready to be written as JSON. Ranges of ports include both ends. */
export interface ReachData {
  readonly pods: readonly {
    readonly id: string
    readonly namespace: string
    readonly zone: string | null
    readonly hostNetwork: boolean
  }[]
  readonly outside: readonly { readonly id: string; readonly cidrs: readonly string[] }[]
  /** Each of `from` to each of `to`. */
  readonly edges: readonly {
    readonly from: readonly string[]
    readonly to: readonly string[]
    readonly allowed: readonly PortRange[]
    readonly unknown: readonly PortRange[]
  }[]
}

export function reachData(reach: ReachPart): ReachData {
  return {
    pods: reach.pods.map(({ id, namespace, zone = null, hostNetwork }) => ({ id, namespace, zone, hostNetwork })),
    outside: reach.outside().map(({ id, addresses }) => ({ id, cidrs: cidrsOf(addresses) })),
    edges: [...reach.edges()].map(({ from, to, allowed, unknown }) => ({
      from: from.members.map(({ id }) => id),
      to: to.members.map(({ id }) => id),
      allowed: portRanges(allowed),
      unknown: portRanges(unknown),
    })),
  }
}

export function edgeData({ from, to, verdict, allowed, unknown, because }: Edge) {
  return {
    from: from.id,
    to: to.id,
    verdict,
    allowed: portRanges(allowed),
    unknown: portRanges(unknown),
    because: because.map(factData),
  }
}

export function pathData({ verdict, hops }: ReachPath) {
  return {
    verdict,
    hops: hops.map(({ edge, via }) => ({
      ...edgeData(edge),
      via: via === undefined ? null : { object: objectName(via.source.manifest), field: formatPath(via.at) },
    })),
  }
}

export function brokenData(broken: readonly BrokenAssertion[]) {
  return broken.map(({ assertion, verdict, message, from, to, ports, example, path }) => ({
    assertion: assertion.name,
    expect: assertion.expect,
    verdict,
    message,
    from: from.map(({ id }) => id),
    to: to.map(({ id }) => id),
    ports: portRanges(ports),
    example: example === undefined ? null : edgeData(example),
    path: path === undefined ? null : pathData(path),
  }))
}

export function reachDiffData({ appeared, disappeared, changes }: ReachDiff) {
  return {
    appeared,
    disappeared,
    changes: changes.map(({ from, to, opened, closed, clouded }) => ({
      from: from.map(({ id }) => id),
      to: to.map(({ id }) => id),
      opened: portRanges(opened),
      closed: portRanges(closed),
      clouded: portRanges(clouded),
    })),
  }
}

function factData({ message, place }: Fact) {
  if (place === undefined) return { message, place: null }
  const { source, at } = place
  const { line, column } = source.range(at).start
  return {
    message,
    place: { file: source.file, line, column, object: objectName(source.manifest), field: formatPath(at) },
  }
}
