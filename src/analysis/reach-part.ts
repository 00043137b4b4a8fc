import type { PodEndpoint, RangeEndpoint } from './endpoint.ts'
import type { EdgeBundle, Reach } from './reach.ts'
import type { Group } from './reach-group.ts'

/** A reach, or what is left of it between some endpoints and some others. */
export type ReachPart = Pick<Reach, 'pods' | 'groups' | 'outside' | 'edges'>

type Ends = readonly (PodEndpoint | RangeEndpoint)[]

/** The edges from some endpoints to some others; an end that is not given is everyone. */
export function reachBetween(reach: Reach, from: Ends | undefined, to: Ends | undefined): ReachPart {
  const [sources, targets] = [cutGroups(reach, from), cutGroups(reach, to)]
  const cut = (found: Iterable<EdgeBundle>): EdgeBundle[] =>
    [...found].flatMap(bundle => {
      const ends = { from: sources(bundle.from), to: targets(bundle.to) }
      return ends.from === undefined || ends.to === undefined ? [] : [{ ...bundle, from: ends.from, to: ends.to }]
    })
  const homes = (ends: Ends) => [...new Set(ends.map(reach.groupOf))]
  const edges = cut(
    from !== undefined
      ? homes(from).flatMap(group => [...reach.edgesFrom(group)])
      : to !== undefined
        ? homes(to).flatMap(group => [...reach.edgesTo(group)])
        : reach.edges(),
  )
  const named = [...(from ?? []), ...(to ?? [])]
  const alone = [...homes(from ?? []).map(sources), ...homes(to ?? []).map(targets)].flatMap(group => group ?? [])
  const groups = [...new Set([...alone, ...edges.flatMap(bundle => [bundle.from, bundle.to])])]
  const members = new Set([...named, ...groups.flatMap(group => [...group.members])])
  return {
    pods: reach.pods.filter(pods => members.has(pods)),
    groups,
    outside: () => [...members].filter(member => member.kind === 'range'),
    edges: () => edges,
  }
}

/** Each group reduced to those of its members that are named; the same object each time. */
function cutGroups(reach: Reach, named: Ends | undefined): (group: Group) => Group | undefined {
  if (named === undefined) return group => group
  const cut = new Map<Group, Group>()
  for (const endpoint of named) {
    const home = reach.groupOf(endpoint)
    const before = cut.get(home)?.members ?? []
    const members: Group['members'] =
      endpoint.kind === 'range' ? [endpoint] : [...before.filter(member => member.kind === 'pods'), endpoint]
    cut.set(home, { ...home, members })
  }
  return group => cut.get(group)
}
