import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostTests, isMatchFault, type Match, parseMatch, pathTests } from '../src/analysis/traefik-match.ts'

const parsed = (text: string): Match => {
  const match = parseMatch(text)
  if (isMatchFault(match)) throw new Error(`${match.reason} at ${match.offset}`)
  return match
}

/** The tree in a form that shows its shape. */
const shape = (match: Match): string => {
  if (match.kind === 'test') return `${match.name}(${match.args.join(',')})`
  if (match.kind === 'not') return `!${shape(match.of)}`
  return `[${match.of.map(shape).join(match.kind === 'and' ? ' & ' : ' | ')}]`
}

const SHAPES: readonly (readonly [text: string, shape: string])[] = [
  ['Host(`a.b`)', 'Host(a.b)'],
  ['Host("a.b")', 'Host(a.b)'],
  ['host(`a`) && HOST(`b`) && Hostregexp(`c`)', '[Host(a) & Host(b) & HostRegexp(c)]'],
  ['Host(`a`) || Host(`b`) && Path(`/c`)', '[Host(a) | [Host(b) & Path(/c)]]'],
  ['(Host(`a`) || Host(`b`)) && Path(`/c`)', '[[Host(a) | Host(b)] & Path(/c)]'],
  ['!Host(`a`) && !(Path(`/b`) || Path(`/c`))', '[!Host(a) & ![Path(/b) | Path(/c)]]'],
  ['!!Method(`GET`)', '!!Method(GET)'],
  ['((Host(`a`)))', 'Host(a)'],
  ['Header(`X-A`, `b`) && HeaderRegexp(`X-A`, `^b+$`)', '[Header(X-A,b) & HeaderRegexp(X-A,^b+$)]'],
  ['Query(`a`) && Query(`a`, `b`) && QueryRegexp(`a`, `b.*`)', '[Query(a) & Query(a,b) & QueryRegexp(a,b.*)]'],
  ['ClientIP(`10.0.0.0/8`) || ClientIP(`::1`)', '[ClientIP(10.0.0.0/8) | ClientIP(::1)]'],
  ['PathRegexp(`^/a/(\\d+)$`)', 'PathRegexp(^/a/(\\d+)$)'],
  ['PathRegexp("^/a/\\\\d+$")', 'PathRegexp(^/a/\\d+$)'],
  ['Header(`a`, "\\u00e9\\x41\\101\\"",)', 'Header(a,éAA")'],
  ['Host(`a`) &&\n  Path(`/b`)\n', '[Host(a) & Path(/b)]'],
  ['(\nHost(`a`))', 'Host(a)'],
]

for (const [text, expected] of SHAPES) {
  test(`${JSON.stringify(text)} is understood`, () => {
    assert.is(shape(parsed(text)), expected)
  })
}

const FAULTS: readonly (readonly [text: string, offset: number, reason: RegExp])[] = [
  ['', 0, /a test is expected/],
  ['Host(`a`) Host(`b`)', 10, /an operator is expected/],
  ['Host(`a`', 8, /a comma is expected/],
  ['(Host(`a`)', 10, /closing parenthesis is expected/],
  ['Host(`a`) &&', 12, /a test is expected/],
  ['Host(`a`) & Path(`/b`)', 10, /unexpected "&"/],
  ["Host('a')", 5, /unexpected "'"/],
  ['Host(`a)', 5, /unexpected "`"/],
  ['Hots(`a`)', 0, /no test "Hots"/],
  ['hOST(`a`)', 0, /no test "hOST"/],
  ['Host(`a`, `b`)', 0, /Host takes 1 values, not 2/],
  ['Host()', 0, /Host takes 1 values, not 0/],
  ['Header(`a`)', 0, /Header takes 2 values, not 1/],
  ['Path(`a`)', 0, /does not start with "\/"/],
  ['Host(`é`)', 0, /not ASCII/],
  ['HostRegexp(`a(?=b)`)', 0, /no regular expression/],
  ['Host(`a`) && PathRegexp(`(`)', 13, /no regular expression/],
  ['QueryRegexp(`a`, `(`)', 0, /no regular expression/],
  ['ClientIP(`10.0.0.0/40`)', 0, /no address and no CIDR/],
  ['Host(`a`)\n&& Path(`/b`)', 9, /the line ends before an operator/],
  ['Host(`a`\n)', 8, /the line ends before an operator/],
  ['Host("\\q")', 5, /unknown escape/],
  ['HostSNI(`a`)', 0, /no test "HostSNI"/],
]

for (const [text, offset, reason] of FAULTS) {
  test(`${JSON.stringify(text)} is refused at ${offset}`, () => {
    const fault = parseMatch(text)
    assert.ok(isMatchFault(fault))
    if (!isMatchFault(fault)) return
    assert.match(fault.reason, reason)
    assert.is(fault.offset, offset)
  })
}

test('a TCP router has tests of its own', () => {
  const match = parseMatch('HostSNI(`*`) && !ALPN(`h2`)', 'tcp')
  assert.is(isMatchFault(match) ? match.reason : shape(match), '[HostSNI(*) & !ALPN(h2)]')
  assert.ok(isMatchFault(parseMatch('Host(`a`)', 'tcp')))
})

test('hosts are given in the order of the text, in lower case, and marked where they are refused', () => {
  assert.equal(hostTests(parsed('(Host(`A.example`) || HostRegexp(`^B.+$`)) && !(Host(`c`) || !Host(`d`))')), [
    { kind: 'exact', value: 'a.example', negated: false },
    { kind: 'regexp', value: '^B.+$', negated: false },
    { kind: 'exact', value: 'c', negated: true },
    { kind: 'exact', value: 'd', negated: false },
  ])
})

test('paths are given in the order of the text with their kind', () => {
  assert.equal(pathTests(parsed('Path(`/a`) || PathPrefix(`/b`) || !PathRegexp(`/c`) || Host(`d`)')), [
    { kind: 'exact', value: '/a', negated: false },
    { kind: 'prefix', value: '/b', negated: false },
    { kind: 'regexp', value: '/c', negated: true },
  ])
})

test.run()
