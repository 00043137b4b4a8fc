import { regexOf } from '../manifest/re2.ts'
import { parseAddress, parseCidr } from './address-set.ts'

/** One test of a request: `Host("erp.example.com")`. */
export interface MatchTest {
  readonly kind: 'test'
  /** As documented, whatever the case in the text: `PathPrefix`. */
  readonly name: string
  readonly args: readonly string[]
  /** Where it begins in the text, in UTF-16 code units from 0. */
  readonly offset: number
}

export type Match =
  | MatchTest
  | { readonly kind: 'not'; readonly of: Match }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Match[] }

/** Why Traefik refuses the text, and where. */
export interface MatchFault {
  readonly reason: string
  readonly offset: number
}

/** Which router's tests apply: of `IngressRoute`, or of `IngressRouteTCP`. */
export type MatchDialect = 'http' | 'tcp'

interface Grammar {
  readonly args: readonly number[]
  /** What is wrong with the arguments. */
  readonly fault?: (args: readonly string[]) => string | undefined
}

const host: Grammar = { args: [1], fault: ([name = '']) => (isAscii(name) ? undefined : 'a host is not ASCII') }
const path: Grammar = {
  args: [1],
  fault: ([text = '']) => (text.startsWith('/') ? undefined : `the path "${text}" does not start with "/"`),
}
const clientIp: Grammar = {
  args: [1],
  fault: ([text = '']) =>
    parseCidr(text) === undefined && parseAddress(text) === undefined
      ? `"${text}" is no address and no CIDR`
      : undefined,
}
/** The last argument is a regular expression of Go, which is RE2. */
const regexp = (...args: readonly number[]): Grammar => ({
  args,
  fault: values => regexpFault(values.at(-1) ?? ''),
})

/** Traefik 3.7, "Rules & Priority" of HTTP and of TCP routers (doc.traefik.io, read in August 2026). */
const TESTS: Readonly<Record<MatchDialect, Readonly<Record<string, Grammar>>>> = {
  http: {
    Header: { args: [2] },
    HeaderRegexp: regexp(2),
    Host: host,
    HostRegexp: regexp(1),
    Method: { args: [1] },
    Path: path,
    PathPrefix: path,
    PathRegexp: regexp(1),
    Query: { args: [1, 2] },
    QueryRegexp: { args: [1, 2], fault: args => (args.length === 2 ? regexpFault(args[1] ?? '') : undefined) },
    ClientIP: clientIp,
  },
  tcp: {
    HostSNI: host,
    HostSNIRegexp: regexp(1),
    ClientIP: clientIp,
    ALPN: { args: [1] },
  },
}

type Token =
  | { readonly kind: 'word' | 'text'; readonly value: string; readonly offset: number }
  | { readonly kind: '&&' | '||' | '!' | '(' | ')' | ',' | 'end'; readonly offset: number }

/** Carries a fault out of the parser; never leaves this file. */
class Refusal extends Error {
  readonly fault: MatchFault
  constructor(reason: string, offset: number) {
    super(reason)
    this.fault = { reason, offset }
  }
}

/**
 * The tree of a `match` of Traefik v3: tests joined by `&&`, `||`, `!` and parentheses, in that order of binding as in
 * Go, whose parser reads them. Hence a line may not end before an operator, and values stand in backticks or double
 * quotes.
 */
export function parseMatch(text: string, dialect: MatchDialect = 'http'): Match | MatchFault {
  const known = parsed[dialect].get(text)
  if (known !== undefined) return known
  const match = parseAnew(text, dialect)
  parsed[dialect].set(text, match)
  return match
}

// Several policies and analyses read each match.
const parsed: Readonly<Record<MatchDialect, Map<string, Match | MatchFault>>> = { http: new Map(), tcp: new Map() }

function parseAnew(text: string, dialect: MatchDialect): Match | MatchFault {
  try {
    return parse(tokensOf(text), dialect)
  } catch (error) {
    if (error instanceof Refusal) return error.fault
    throw error
  }
}

export function isMatchFault(parsed: Match | MatchFault): parsed is MatchFault {
  return 'reason' in parsed
}

/** A host that a match asks for, or, when negated, refuses. */
export interface HostTest {
  readonly kind: 'exact' | 'regexp'
  /** Of an exact test in lower case, as Traefik compares; `*` is any name of a TLS connection. */
  readonly value: string
  readonly negated: boolean
}

export interface PathTest {
  readonly kind: 'exact' | 'prefix' | 'regexp'
  readonly value: string
  readonly negated: boolean
}

const HOST_TESTS: Readonly<Record<string, HostTest['kind']>> = {
  Host: 'exact',
  HostSNI: 'exact',
  HostRegexp: 'regexp',
  HostSNIRegexp: 'regexp',
}
const PATH_TESTS: Readonly<Record<string, PathTest['kind']>> = {
  Path: 'exact',
  PathPrefix: 'prefix',
  PathRegexp: 'regexp',
}

/** Every host test, in the order of the text. */
export function hostTests(match: Match): readonly HostTest[] {
  return [...testsOf(match)].flatMap(({ test: { name, args }, negated }) => {
    const kind = HOST_TESTS[name]
    const [value = ''] = args
    return kind === undefined ? [] : [{ kind, value: kind === 'exact' ? value.toLowerCase() : value, negated }]
  })
}

/** Every path test, in the order of the text. A prefix is one of characters: `/web` also matches `/website`. */
export function pathTests(match: Match): readonly PathTest[] {
  return [...testsOf(match)].flatMap(({ test: { name, args }, negated }) => {
    const kind = PATH_TESTS[name]
    return kind === undefined ? [] : [{ kind, value: args[0] ?? '', negated }]
  })
}

function* testsOf(match: Match, negated = false): Generator<{ readonly test: MatchTest; readonly negated: boolean }> {
  if (match.kind === 'test') yield { test: match, negated }
  else if (match.kind === 'not') yield* testsOf(match.of, !negated)
  else for (const part of match.of) yield* testsOf(part, negated)
}

const TOKEN =
  /[ \t\r]+|(?<operator>&&|\|\||[!(),])|(?<word>[A-Za-z_]\w*)|`(?<raw>[^`]*)`|"(?<quoted>(?:[^"\\\n]|\\.)*)"/y

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let offset = 0
  while (offset < text.length) {
    if (text[offset] === '\n') {
      // Go ends a statement at a line that ends in a value or a parenthesis; only the end of the text may follow.
      const last = tokens.at(-1)?.kind
      const rest = text.slice(offset).trim()
      if (rest !== '' && (last === ')' || last === 'text' || last === 'word')) {
        throw new Refusal('the line ends before an operator', offset)
      }
      offset++
      continue
    }
    TOKEN.lastIndex = offset
    const found = TOKEN.exec(text)
    if (found === null) throw new Refusal(`unexpected ${JSON.stringify(text[offset])}`, offset)
    const { operator, word, raw, quoted } = found.groups ?? {}
    if (operator !== undefined) tokens.push({ kind: operator as '&&' | '||' | '!' | '(' | ')' | ',', offset })
    if (word !== undefined) tokens.push({ kind: 'word', value: word, offset })
    if (raw !== undefined) tokens.push({ kind: 'text', value: raw.replaceAll('\r', ''), offset })
    if (quoted !== undefined) tokens.push({ kind: 'text', value: unquote(quoted, offset), offset })
    offset = TOKEN.lastIndex
  }
  return [...tokens, { kind: 'end', offset }]
}

const ESCAPE = /\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.?))/gs
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}

/** The value of a Go string literal, without its quotes. */
function unquote(literal: string, offset: number): string {
  return literal.replace(ESCAPE, (text, simple, octal, byte, short, long) => {
    if (simple !== undefined) return SIMPLE_ESCAPES[simple] ?? ''
    const digits = byte ?? short ?? long
    const code = octal === undefined ? Number.parseInt(digits ?? 'NaN', 16) : Number.parseInt(octal, 8)
    const isChar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && (octal === undefined || code < 256)
    if (!isChar) throw new Refusal(`unknown escape ${text}`, offset)
    return String.fromCodePoint(code)
  })
}

function parse(tokens: readonly Token[], dialect: MatchDialect): Match {
  const tests = TESTS[dialect]
  const names = NAMES[dialect]
  const [end] = tokens.slice(-1)
  let next = 0
  const peek = (): Token => tokens[next] ?? end ?? { kind: 'end', offset: 0 }
  const take = (kind: Token['kind'], wanted: string): Token => {
    const token = peek()
    if (token.kind !== kind) throw new Refusal(`${wanted} is expected here`, token.offset)
    next++
    return token
  }
  const chain = (kind: 'and' | 'or', operator: '&&' | '||', operand: () => Match): Match => {
    const first = operand()
    const others: Match[] = []
    while (peek().kind === operator) {
      next++
      others.push(operand())
    }
    return others.length === 0 ? first : { kind, of: [first, ...others] }
  }
  const either = (): Match => chain('or', '||', () => chain('and', '&&', unary))
  const unary = (): Match => {
    if (peek().kind === '!') {
      next++
      return { kind: 'not', of: unary() }
    }
    if (peek().kind === '(') {
      next++
      const inner = either()
      take(')', 'a closing parenthesis')
      return inner
    }
    return test()
  }
  const test = (): Match => {
    const word = take('word', 'a test')
    const written = word.kind === 'word' ? word.value : ''
    const name = names.get(written)
    if (name === undefined) throw new Refusal(`there is no test "${written}"`, word.offset)
    take('(', 'an opening parenthesis')
    const args: string[] = []
    while (peek().kind !== ')') {
      if (args.length > 0) take(',', 'a comma')
      // Go allows a comma after the last argument.
      if (args.length > 0 && peek().kind === ')') break
      const value = take('text', 'a value in backticks or double quotes')
      args.push(value.kind === 'text' ? value.value : '')
    }
    take(')', 'a closing parenthesis')
    const grammar = tests[name]
    if (grammar?.args.includes(args.length) !== true) {
      const wanted = (grammar?.args ?? []).join(' or ')
      throw new Refusal(`${name} takes ${wanted} values, not ${args.length}`, word.offset)
    }
    const reason = grammar.fault?.(args)
    if (reason !== undefined) throw new Refusal(reason, word.offset)
    return { kind: 'test', name, args, offset: word.offset }
  }
  const match = either()
  take('end', 'an operator')
  return match
}

const NAMES: Readonly<Record<MatchDialect, ReadonlyMap<string, string>>> = {
  http: namesOf(TESTS.http),
  tcp: namesOf(TESTS.tcp),
}

/** The test of each spelling. */
function namesOf(tests: Readonly<Record<string, Grammar>>): ReadonlyMap<string, string> {
  return new Map(Object.keys(tests).flatMap(name => spellings(name).map(spelling => [spelling, name] as const)))
}

/** Traefik knows each test as documented, in lower case, in upper case, and with only its first letter large. */
function spellings(name: string): readonly string[] {
  const lower = name.toLowerCase()
  return [name, lower, name.toUpperCase(), `${lower.slice(0, 1).toUpperCase()}${lower.slice(1)}`]
}

/** Why RE2 refuses a pattern, or `undefined` when it stands. */
export function regexpFault(pattern: string): string | undefined {
  const regex = regexOf(pattern)
  return typeof regex === 'string' ? `"${pattern}" is no regular expression: ${regex}` : undefined
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text)
}
