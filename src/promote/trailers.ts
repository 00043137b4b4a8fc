/** A line that Git takes for a trailer. */
const TRAILER = /^[A-Za-z0-9][A-Za-z0-9-]*: /
/** Trailers that only the bot writes: what they say is for the history to believe. */
const OWN_TRAILER = /^(?:Approved-by|Merged-by|Waybill-[A-Za-z-]+): /i

/**
 * A commit message with more trailers at its end, as `git interpret-trailers` would put them.
 *
 * @param isOwn whether the bot wrote the message; of a message that a person wrote, trailers that are the bot's are left out
 * @see https://git-scm.com/docs/git-interpret-trailers
 */
export function withTrailers(message: string, trailers: readonly string[], isOwn: boolean): string {
  const lines = message.trimEnd().split('\n')
  const kept = isOwn ? lines : lines.filter((line, index) => index === 0 || !OWN_TRAILER.test(line))
  const text = kept.join('\n').trimEnd()
  if (trailers.length === 0) return `${text}\n`
  const [, ...paragraphs] = text.split(/\n{2,}/)
  const last = paragraphs.at(-1)?.split('\n')
  const isBlock = last?.every((line, index) => TRAILER.test(line) || (index > 0 && /^\s/.test(line))) === true
  return `${text}\n${isBlock ? '' : '\n'}${trailers.join('\n')}\n`
}

/** The trailers of a message, as Git finds them. */
export function trailersIn(message: string): readonly (readonly [key: string, value: string])[] {
  const [, ...paragraphs] = message.trimEnd().split(/\n{2,}/)
  const lines = paragraphs.at(-1)?.replace(/\n\s+/g, ' ').split('\n') ?? []
  if (!lines.every(line => TRAILER.test(line))) return []
  return lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
}

/** A text as the value of a trailer: one line. */
export function trailerValue(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
