/** What manifests do not say of the cluster that they run in. */
export interface ClusterShape {
  /** Zones with nodes in them, at least 1. */
  readonly zones: number
  /** Nodes in all. Where nobody knows, one in each zone is assumed, and no pod is taken to want for a node. */
  readonly nodes?: number
}

export const THREE_ZONES: ClusterShape = { zones: 3 }

/** The fewest nodes that the cluster may have. */
export function leastNodes({ zones, nodes }: ClusterShape): number {
  return nodes ?? zones
}
