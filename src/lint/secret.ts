import type { Manifest } from '../manifest/manifest.ts'
import { fieldsOf } from '../manifest/value.ts'

/** What stands in place of a value that must not be read. Its length tells nothing about the value's. */
export const MASK = '***'

/**
 * The fewest characters of a value that is looked for in every text. Shorter ones are ordinary words too often
 * (`admin`, `5432`): they are masked only in what is said about the very field that holds them.
 */
const SHORTEST_SOUGHT = 8

/** Every text that a Secret holds, as written and decoded; nothing for other kinds. */
export function secretTexts(manifest: Manifest): string[] {
  if (manifest.kind !== 'Secret') return []
  const plain = Object.values(fieldsOf(manifest.stringData)).map(String)
  const encoded = Object.values(fieldsOf(manifest.data)).map(String)
  return [...plain, ...encoded, ...encoded.map(value => Buffer.from(value, 'base64').toString('utf8'))]
}

/** Masks secret values in a text; `near` are the texts of the field that it speaks about, of any length. */
export type Redactor = (text: string, near?: readonly string[]) => string

/**
 * A redactor for the given secret texts: each whole, each line of it, and what stands right of its `=` or `:`.
 *
 * `names` are spared: what is also the name of a manifest (a database host in a connection Secret) is no secret.
 */
export function redactorOf(secrets: readonly string[], names: ReadonlySet<string>): Redactor {
  const byStart = new Map<string, string[]>()
  for (const piece of new Set(secrets.flatMap(piecesOf))) {
    if (piece.length < SHORTEST_SOUGHT || names.has(piece)) continue
    const start = piece.slice(0, SHORTEST_SOUGHT)
    const alike = byStart.get(start)
    if (alike === undefined) byStart.set(start, [piece])
    else alike.push(piece)
  }
  for (const alike of byStart.values()) alike.sort((a, b) => b.length - a.length)

  return (text, near = []) => {
    let masked = byStart.size === 0 ? text : ''
    for (let at = 0; byStart.size > 0 && at < text.length; ) {
      const alike = byStart.get(text.slice(at, at + SHORTEST_SOUGHT))
      const found = alike?.find(piece => text.startsWith(piece, at))
      masked += found === undefined ? text.charAt(at) : MASK
      at += found?.length ?? 1
    }
    for (const piece of new Set(near.flatMap(piecesOf))) {
      if (piece !== '' && !names.has(piece)) masked = masked.replace(wholeWord(piece), MASK)
    }
    return masked
  }
}

function piecesOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map(line => line.trim())
  const values = lines.map(line => line.replace(/^[^=:]*[=:]\s*/, '').replace(/^["']|["']$/g, ''))
  return [secret, ...lines, ...values]
}

function wholeWord(piece: string): RegExp {
  return new RegExp(`(?<!\\w)${piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`, 'g')
}
