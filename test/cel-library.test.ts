import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Bindings, compileExpression, type Expression, isCompileError } from '../src/cel/expression.ts'

const BINDINGS: Bindings = { object: {}, oldObject: null, request: {}, namespaceObject: null }
const DECLARED = { variables: new Map<string, Expression>(), params: false, authorizer: false }

function outcomeOf(text: string, object: unknown = {}) {
  const expression = compileExpression(text, DECLARED)
  if (isCompileError(expression)) throw new Error(`${text}: ${expression.message}`)
  return expression.evaluate({ ...BINDINGS, object })
}

/** Expressions that hold, by the library that they exercise. */
const TRUE: Readonly<Record<string, readonly string[]>> = {
  strings: [
    '"Ab9Ä".lowerAscii() == "ab9Ä" && "Ab9ä".upperAscii() == "AB9ä"',
    '"hello".charAt(4) == "o" && "hello".charAt(5) == ""',
    '"hello mellow".indexOf("ello", 2) == 7 && "x".indexOf("") == 0 && "".indexOf("x") == -1',
    '"hello mellow".lastIndexOf("ello", 6) == 1 && "hello".lastIndexOf("") == 5',
    '"a,b,c".split(",", 2) == ["a", "b,c"] && "abc".split("") == ["a", "b", "c"] && "a".split(",", 0) == []',
    '"aaa".replace("a", "b", 2) == "bba" && "a.b".replace(".", "$&") == "a$&b" && "ab".replace("", "-") == "-a-b-"',
    '"tacocat".substring(2, 4) == "co" && "x".substring(1) == ""',
    '"\\u2003x\\ufeff".trim() == "x\\ufeff"',
    '"añ🐱".reverse() == "🐱ña"',
    'strings.quote("a\\"\\n") == "\\"a\\\\\\"\\\\n\\""',
    '["a", "b"].join("-") == "a-b" && [].join() == ""',
    'string(1.0) == "1" && string(1e100) == "1e+100" && string(0.00001) == "1e-05" && string(b"x") == "x"',
    'int("-7") == -7 && uint(3.9) == 3u && double("1e3") == 1000.0 && bool("t") && bytes("é").size() == 2',
  ],
  format: [
    '"%s/%d/%x/%X/%o/%b".format(["a", 255, 255, 255, 8, 5]) == "a/255/ff/FF/10/101"',
    '"%s %s".format([[1, 2], {"b": 1.5, "a": "x"}]) == "[1, 2] {\\"a\\":\\"x\\", \\"b\\":1.500000}"',
    '"%.2f %f".format([1234.5, 0.5]) == "1,234.50 0.500000"',
    '"%.0f %.0f %.1f".format([0.5, 1.5, 0.25]) == "0 2 0.2"',
    '"100%%".format([]) == "100%"',
    '"%s".format([duration("90m")]) == "5400s"',
  ],
  regex: [
    '"nginx:1.25".matches("^[a-z]+:[0-9.]+$") && matches("abc", "b")',
    '"abc 123".find("[0-9]+") == "123" && "abc".find("x") == ""',
    '"1 2 3".findAll("[0-9]") == ["1", "2", "3"] && "1 2 3".findAll("[0-9]", 2).size() == 2',
    '"🐱".matches("^.$")',
    '!"a\\nb".matches("a.b") && "a\\nb".matches("(?s)a.b")',
  ],
  lists: [
    '[1, 2, 2].isSorted() && !["b", "a"].isSorted()',
    '[1, 2].sum() == 3 && [0.5, 0.5].sum() == 1.0 && [].sum() == 0',
    '["b", "a"].min() == "a" && [1, 3, 2].max() == 3',
    '[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(5) == -1',
    '[[1], [2, 3]].flatten() == [1, 2, 3] && [[[1]]].flatten(2) == [1]',
    '[1, 1, 2].distinct() == [1, 2] && [3, 1].sort() == [1, 3] && [1, 2, 3].slice(1, 2) == [2] && [1, 2].reverse() == [2, 1]',
    'lists.range(3) == [0, 1, 2] && [1, 2].first().value() == 1 && [].last() == optional.none()',
    'sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])',
  ],
  time: [
    'timestamp("2024-02-29T12:30:45.5Z").getMilliseconds() == 500',
    'timestamp("2024-02-29T23:00:00Z").getDate("+02:00") == 1 && timestamp("2024-02-29T00:00:00Z").getDayOfYear() == 59',
    'timestamp("2024-07-01T00:00:00Z").getHours("Europe/Berlin") == 2',
    'timestamp("2024-01-01T00:00:00+01:00") == timestamp("2023-12-31T21:30:00-01:30")',
    'timestamp("2024-01-01T00:00:00Z") + duration("36h") > timestamp("2024-01-02T00:00:00Z")',
    'duration("1h30m").getMinutes() == 90 && string(duration("-1.5s")) == "-1.5s"',
    'int(timestamp("1970-01-01T00:01:00Z")) == 60 && string(timestamp(60)) == "1970-01-01T00:01:00Z"',
  ],
  quantity: [
    'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("1500m") == quantity("1.5")',
    'quantity("1k").add(24).asInteger() == 1024 && quantity("1k").sub(quantity("1")).asInteger() == 999',
    '!quantity("100m").isInteger() && quantity("100m").asApproximateFloat() == 0.1 && quantity("-1").sign() == -1',
    'quantity("1n") == quantity("0.1n") && quantity("1e3") == quantity("1k") && isQuantity("Gi") && !isQuantity("1 Gi")',
    'quantity("1.5E").compareTo(quantity("1500P")) == 0',
  ],
  url: [
    'url("https://user:pw@example.com:80/a b?k=1&k=2&x=%20y#f").getHost() == "example.com:80"',
    'url("https://example.com:80/a b").getEscapedPath() == "/a%20b" && url("/p").getScheme() == ""',
    'url("https://[::1]:80/").getHostname() == "::1" && url("https://[::1]/").getPort() == ""',
    'url("https://e.com/?k=1&k=2&x=%20+y&a;b=1").getQuery() == {"k": ["1", "2"], "x": ["  y"]}',
    'isURL("/absolute") && !isURL("../relative") && !isURL("https://a:b:c/") && !isURL("")',
  ],
  network: [
    'ip("10.0.0.1").family() == 4 && !isIP("10.0.0.01") && !isIP("::ffff:1.2.3.4") && !isIP("fe80::1%eth0")',
    'string(ip("2001:DB8:0:0:1:0:0:1")) == "2001:db8::1:0:0:1" && !ip.isCanonical("2001:DB8::1")',
    'cidr("10.0.0.7/8").masked() == cidr("10.0.0.0/8") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")',
    '!cidr("10.0.0.0/16").containsCIDR("10.0.0.0/8") && !cidr("10.0.0.0/8").containsIP("::1") && !isCIDR("10.0.0.0/33")',
    'ip("224.0.0.1").isLinkLocalMulticast() && !ip("224.0.1.1").isLinkLocalMulticast() && !ip("255.255.255.255").isGlobalUnicast()',
  ],
  'named formats': [
    '!format.dns1123Label().validate("web-1").hasValue() && format.dns1123Label().validate("Web").hasValue()',
    'format.dns1035Label().validate("1a").hasValue() && !format.dns1123LabelPrefix().validate("web-").hasValue()',
    'format.qualifiedName().validate("a/b/c").hasValue() && !format.qualifiedName().validate("example.com/x_y").hasValue()',
    'format.uuid().validate("x").value() == ["does not match the UUID format"]',
    'format.date().validate("2024-02-30").hasValue() && !format.datetime().validate("2024-02-29T00:00:00Z").hasValue()',
    'format.byte().validate("a").hasValue() && format.uri().validate("x y").hasValue() && !format.named("nope").hasValue()',
    'format.labelValue().validate("0123456789012345678901234567890123456789012345678901234567890123").value() == ["must be no more than 63 characters"]',
  ],
  semver: [
    'semver("1.2.3-rc.1").isLessThan(semver("1.2.3")) && semver("1.0.0-alpha.2").isLessThan(semver("1.0.0-alpha.10"))',
    'semver("1.0.0-9").isLessThan(semver("1.0.0-a")) && semver("1.0.0+a") == semver("1.0.0+b") && !isSemver("1.0.0-01") && !isSemver("v1.0.0")',
    'semver("v1", true).compareTo(semver("1.0.0")) == 0 && semver("1.2.3").minor() == 2',
  ],
  image: [
    'image("nginx").repository() == "library/nginx" && image("nginx").registry() == "index.docker.io" && image("nginx").tag() == "latest"',
    'image("localhost:5000/a/b:1").registry() == "localhost:5000" && image("localhost:5000/a/b:1").tag() == "1"',
    '!image("a/b:1").containsDigest() && !isImage("a//b") && !isImage("Upper/case")',
  ],
}

for (const [library, expressions] of Object.entries(TRUE)) {
  for (const text of expressions) {
    test(`${library}: ${text}`, () => {
      assert.equal(outcomeOf(text), { kind: 'value', value: true })
    })
  }
}

const ERRORS: readonly (readonly [string, string])[] = [
  ['"abc".substring(2, 1) == ""', 'invalid substring range. start: 2, end: 1'],
  ['"abc".indexOf("x", 3) == -1', 'index out of range: 3'],
  ['"abc".charAt(-1) == ""', 'index out of range: -1'],
  ['int("0x10") == 16', 'strconv.ParseInt: parsing "0x10": invalid syntax'],
  ['int(1e19) == 0', 'integer overflow'],
  ['uint(object.n) == 0u', 'unsigned integer overflow'],
  ['"%d".format(["x"]) == ""', 'error during formatting: %d clause cannot be used on string'],
  ['"%d %d".format([1]) == ""', 'index 1 out of range'],
  ['"a".matches(object.pattern)', 'error parsing regexp: missing closing ]: `[`'],
  ['timestamp("9999-12-31T23:59:59Z") + duration("1s") == timestamp("9999-12-31T23:59:59Z")', 'timestamp overflow'],
  ['timestamp(object.text) == timestamp(0)', 'parsing time "2024-13-01T00:00:00Z" failed: out of range'],
  ['timestamp(0).getHours("Mars/Base") == 0', 'unknown time zone Mars/Base'],
  ['ip(object.pattern) == ip("::")', 'IP Address "[" parse error during conversion from string'],
  ['[1, 2].slice(1, 5) == []', 'cannot slice(1, 5), list is length 2'],
  ['lists.range(9999999999).size() == 0', 'range of 9999999999 exceeds the limit of 1000000'],
]

for (const [text, message] of ERRORS) {
  test(`${text} is the error "${message}"`, () => {
    assert.equal(outcomeOf(text, { n: -1n, pattern: '[', text: '2024-13-01T00:00:00Z' }), { kind: 'error', message })
  })
}

test('positions in a text count code points', () => {
  const text = fc.string({ unit: 'grapheme' })
  const at = compileExpression('object.text.charAt(object.at)', DECLARED)
  const size = compileExpression('object.text.size()', DECLARED)
  assert.ok(!isCompileError(at) && !isCompileError(size))
  fc.assert(
    fc.property(text, fc.nat(20), (value, position) => {
      const points = [...value]
      const object = { text: value, at: BigInt(position) }
      assert.equal(size.evaluate({ ...BINDINGS, object }), { kind: 'value', value: BigInt(points.length) })
      if (position < points.length) {
        assert.equal(at.evaluate({ ...BINDINGS, object }), { kind: 'value', value: points[position] })
      }
    }),
  )
})

test('a quantity is what its digits and suffix make, to the last digit', () => {
  const less = compileExpression('quantity(object.a).isLessThan(quantity(object.b))', DECLARED)
  assert.ok(!isCompileError(less))
  const suffixes = {
    '': 1n,
    k: 1000n,
    M: 10n ** 6n,
    G: 10n ** 9n,
    Ki: 1024n,
    Mi: 1024n ** 2n,
    Gi: 1024n ** 3n,
  } as const
  const quantity = fc.tuple(
    fc.bigInt({ min: 0n, max: 10n ** 9n }),
    fc.constantFrom(...(Object.keys(suffixes) as (keyof typeof suffixes)[])),
  )
  fc.assert(
    fc.property(quantity, quantity, ([a, as], [b, bs]) => {
      const object = { a: `${a}${as}`, b: `${b}${bs}` }
      assert.equal(less.evaluate({ ...BINDINGS, object }), {
        kind: 'value',
        value: a * suffixes[as] < b * suffixes[bs],
      })
    }),
  )
})

test.run()
