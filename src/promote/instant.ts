/** `2026-11-22 10:05 UTC`, of seconds since 1970: how messages that belong to no tenant's zone name an instant. */
export function formatTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
