import { type Operation, RISK_CLASSES, type Risk, type RiskClass } from './operation.ts'

export const none = (reason: string): Risk => ({ class: 'none', reason })
export const low = (reason: string): Risk => ({ class: 'low', reason })
export const medium = (reason: string): Risk => ({ class: 'medium', reason })
export const high = (reason: string): Risk => ({ class: 'high', reason })
export const destructive = (reason: string): Risk => ({ class: 'destructive', reason })

/** Negative when `a` is the less risky class. */
export function compareRisk(a: RiskClass, b: RiskClass): number {
  return RISK_CLASSES.indexOf(a) - RISK_CLASSES.indexOf(b)
}

/** The risk of a whole set, and the operations that decided it: all of the riskiest class. */
export interface SetRisk {
  readonly class: RiskClass
  readonly because: readonly Operation[]
}

/** The risk of a set of operations is that of its riskiest ones; of an empty set it is `none`. */
export function riskOf(operations: readonly Operation[]): SetRisk {
  let worst: RiskClass = 'none'
  for (const { risk } of operations) if (compareRisk(risk.class, worst) > 0) worst = risk.class
  return { class: worst, because: operations.filter(operation => operation.risk.class === worst) }
}

/**
 * Whether the set adds capacity and does nothing else, so that a freeze lets it pass. Labels, checksums and values
 * that are only written differently ride along; a set that changes nothing adds no capacity.
 */
export function capacityOnly(operations: readonly Operation[]): boolean {
  return (
    operations.some(operation => operation.capacity === 'more') &&
    operations.every(
      ({ action, capacity, topic, risk, blocks }) =>
        action === 'change' &&
        blocks === undefined &&
        (capacity === 'more' || topic === 'metadata' || risk.class === 'none'),
    )
  )
}
