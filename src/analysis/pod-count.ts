/** The largest number that a field of type int32 holds. */
const LARGEST = 2 ** 31 - 1

/** A number of pods, of zones, of runs: whole and not negative. `undefined` for anything else, which the API server refuses. */
export function countIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST ? value : undefined
}

/** `1 pod`, `3 pods`. */
export function podCount(pods: number): string {
  return pods === 1 ? '1 pod' : `${pods} pods`
}
