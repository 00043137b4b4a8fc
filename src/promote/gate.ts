/** The conditions on a promotion, in the order in which a person reads them. */
export const GATES = [
  'policy',
  'schema',
  'determinism',
  'origin',
  'soak',
  'wave',
  'health',
  'calendar',
  'migration',
  'cutover',
  'evidence',
  'capacity',
  'approvals',
] as const
export type GateName = (typeof GATES)[number]

export interface Gate {
  readonly name: GateName
  readonly state: 'open' | 'closed' | 'not configured'
  readonly reason: string
  /** What opens a closed gate. */
  readonly opens?: string
  /** Seconds since 1970 at which a closed gate opens by itself, where that is known. */
  readonly eta?: number
  /** No override opens it. */
  readonly firm?: true
  /** Somebody asks for it to be opened by two people. */
  readonly override?: {
    readonly by: string
    readonly reason: string
    /** Who has opened it with the one who asks. */
    readonly second?: string
  }
}

/** Gates in the order in which a person reads them. */
export function inOrder(gates: readonly Gate[]): readonly Gate[] {
  return [...gates].sort((left, right) => GATES.indexOf(left.name) - GATES.indexOf(right.name))
}

export function isClosed(gate: Gate): boolean {
  return gate.state === 'closed'
}

/** Whether a unit waits for the gate: one that is to be overridden is people's to open, as the approvals are. */
export function isWaitedFor(gate: Gate): boolean {
  return isClosed(gate) && gate.override === undefined
}
