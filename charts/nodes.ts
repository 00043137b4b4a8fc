import type { INodeAffinity } from 'kubernetes-models/v1/NodeAffinity'
import type { IToleration } from 'kubernetes-models/v1/Toleration'
import { SPOT_LABELS } from '../src/spec/facts/nodes.ts'
import type { Settings } from '../src/spec/settings.ts'

/** The label, and the key of the taint, of nodes that are for one tenant alone. */
const NODE_POOL = 'waybill.dev/node-pool'

/** Keeps pods on the nodes of their tenant, where it has some, and lets them onto those. */
export function onOwnNodes({ nodePool }: Pick<Settings, 'nodePool'>): {
  nodeSelector?: Record<string, string>
  tolerations?: IToleration[]
} {
  if (nodePool === undefined) return {}
  return {
    nodeSelector: { [NODE_POOL]: nodePool },
    tolerations: [{ key: NODE_POOL, operator: 'Equal', value: nodePool, effect: 'NoSchedule' }],
  }
}

/** Keeps the servers of production off nodes that the cloud may take back: what it saves, a failover at noon costs. */
export function offSpotNodes({ production }: Pick<Settings, 'production'>): { nodeAffinity?: INodeAffinity } {
  if (!production) return {}
  const matchExpressions = Object.entries(SPOT_LABELS).map(([key, value]) => ({
    key,
    operator: 'NotIn' as const,
    values: [value],
  }))
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  }
}
