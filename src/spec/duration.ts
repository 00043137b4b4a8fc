const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const
const FORMAT = /^(\d+)(s|m|h|d|w)$/

/** Seconds in `90s`, `15m`, `72h`, `14d` or `2w`; `0` alone is zero. `undefined` when the text is no duration. */
export function parseDuration(text: string | number): number | undefined {
  if (text === 0 || text === '0') return 0
  const match = FORMAT.exec(String(text))
  return match === null ? undefined : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}

/** The shortest text that `parseDuration` reads back: `72h` is `3d`. Takes whole seconds, zero or more. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return '0'
  for (const unit of ['w', 'd', 'h', 'm'] as const) {
    if (seconds % UNITS[unit] === 0) return `${seconds / UNITS[unit]}${unit}`
  }
  return `${seconds}s`
}
