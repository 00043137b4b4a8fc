import { countIn } from './pod-count.ts'

/**
 * The number that an IntOrString field means: a number as it is, a percentage as its share of `total`. `undefined` for
 * anything else, which the API server refuses. The arithmetic is that of apimachinery's GetScaledValueFromIntOrPercent.
 */
export function scaledValue(value: unknown, total: number, round: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') return countIn(value)
  const percent = typeof value === 'string' ? /^([0-9]+)%$/.exec(value)?.[1] : undefined
  if (percent === undefined) return undefined
  const share = (Number(percent) * total) / 100
  return round === 'up' ? Math.ceil(share) : Math.floor(share)
}
