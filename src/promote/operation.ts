import type { FieldPath } from '../manifest/path.ts'

/** From harmless to irreversible; a set of operations is as risky as its riskiest one. */
export const RISK_CLASSES = ['none', 'low', 'medium', 'high', 'destructive'] as const
export type RiskClass = (typeof RISK_CLASSES)[number]

/** How bad a change can turn out, and what happens then: a clause that a reader can disagree with. */
export interface Risk {
  readonly class: RiskClass
  readonly reason: string
}

/** What an operation is about, in the order in which equally risky operations are told. */
export const TOPICS = [
  'database',
  'storage',
  'release',
  'image',
  'modules',
  'secret',
  'access',
  'network',
  'route',
  'availability',
  'replicas',
  'workers',
  'resources',
  'schedule',
  'configuration',
  'metadata',
  'other',
] as const
export type Topic = (typeof TOPICS)[number]

/** An object as Kubernetes tells objects apart; the version of its API is not part of that. */
export interface ObjectReference {
  /** The empty string is the core group. */
  readonly group: string
  readonly kind: string
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string
  readonly name: string
}

/** One thing that differs between two sets of manifests, in words of the domain. */
export interface Operation {
  /** `create` and `delete` are about whole objects; `replace`: the object is deleted and created to take the change. */
  readonly action: 'create' | 'delete' | 'change' | 'replace'
  readonly object: ObjectReference
  readonly topic: Topic
  /** Whom it concerns: `web`, `database`, `network policy allow-redis`. */
  readonly subject: string
  /** What of it: `image`, `memory limit`, `workers`; `object` when all of it comes or goes. */
  readonly what: string
  /** Absent when there was nothing. Secret values are masked; texts are whole, and may have several lines. */
  readonly from?: string
  /** Absent when nothing is left. */
  readonly to?: string
  /** In the new manifest, or in the old one where the field is gone. */
  readonly at: FieldPath
  /** Further places of the same object with the very same change. */
  readonly also?: readonly FieldPath[]
  readonly risk: Risk
  /** Data or its protection may be lost: the same as the risk class `destructive`. */
  readonly destructive: boolean
  /** The engine is told to leave the object, so that it stays until a person deletes it. */
  readonly kept?: true
  /** Why the cluster refuses it: applying the manifests fails here. */
  readonly blocks?: string
  /** `more`: nothing but added capacity. */
  readonly capacity?: 'more'
  /** The object of the same content under another name: a rename, which Kubernetes sees as a delete and a create. */
  readonly renamed?: ObjectReference
}
