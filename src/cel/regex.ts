import type { RE2JS } from 're2js'
import { regexOf } from '../manifest/re2.ts'
import { fault } from './fault.ts'
import type { Library } from './library.ts'
import { LONGEST_PLAIN_TEXT, plainPattern } from './plain-pattern.ts'

function regexOrFault(pattern: string): RE2JS {
  const regex = regexOf(pattern)
  if (typeof regex === 'string') throw fault(regex)
  return regex
}

/** Something that a text may match anywhere in it. */
export interface Pattern {
  test(text: string): boolean
}

const patterns = new Map<string, Pattern | string>()

/** The pattern for asking whether a text matches it, or why it does not compile. */
export function patternOf(pattern: string): Pattern | string {
  const known = patterns.get(pattern)
  if (known !== undefined) return known
  const plain = plainPattern(pattern)
  const made = plain === undefined ? regexOf(pattern) : { test: (text: string) => testPlain(plain, pattern, text) }
  patterns.set(pattern, made)
  return made
}

function testPlain(plain: RegExp, pattern: string, text: string): boolean {
  return text.length > LONGEST_PLAIN_TEXT ? regexOrFault(pattern).test(text) : plain.test(text)
}

function matches(text: string, pattern: string): boolean {
  const compiledPattern = patternOf(pattern)
  if (typeof compiledPattern === 'string') throw fault(compiledPattern)
  return compiledPattern.test(text)
}

function findAll(text: string, pattern: string, limit = -1n): string[] {
  const matcher = regexOrFault(pattern).matcher(text)
  const found: string[] = []
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) found.push(matcher.group() ?? '')
  return found
}

/** Regular expressions are RE2, as in Kubernetes: no backtracking, no look-around, no back-references. */
export const REGEX: Library = {
  'matches(string, string): bool': matches,
  'string.matches(string): bool': matches,
  'string.find(string): string': (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '',
  'string.findAll(string): list<string>': (text: string, pattern: string) => findAll(text, pattern),
  'string.findAll(string, int): list<string>': findAll,
}
