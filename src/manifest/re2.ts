import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'

let library: typeof import('re2js') | undefined

// A few patterns are met again in thousands of manifests.
const compiled = new Map<string, RE2JS | string>()

/**
 * A regular expression as Kubernetes, Traefik and all of Go understand it, or why it does not compile. The library is loaded
 * with the first one: most runs meet none, and it takes as long as linting a file.
 */
export function regexOf(pattern: string): RE2JS | string {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  library ??= createRequire(import.meta.url)('re2js') as typeof import('re2js')
  let made: RE2JS | string
  try {
    made = library.RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    made = error.message
  }
  compiled.set(pattern, made)
  return made
}

/** The pattern that matches exactly this text. */
export function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}
