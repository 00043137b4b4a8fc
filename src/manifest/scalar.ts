/** What a YAML scalar can mean. Integers beyond 2^53 are `bigint`. */
export type Scalar = string | number | bigint | boolean | null

/** Plain scalars that are no text, by their exact spelling. */
const WORDS = new Map<string, boolean | number | null>()
for (const [spellings, value] of [
  ['y Y yes Yes YES true True TRUE on On ON', true],
  ['n N no No NO false False FALSE off Off OFF', false],
  ['~ null Null NULL', null],
  ['.nan .NaN .NAN', Number.NaN],
  ['.inf .Inf .INF +.inf +.Inf +.INF', Number.POSITIVE_INFINITY],
  ['-.inf -.Inf -.INF', Number.NEGATIVE_INFINITY],
] as const) {
  for (const word of spellings.split(' ')) WORDS.set(word, value)
}
const LONGEST_WORD = 5

const WORD = 1
const NUMBER = 2
/** What a plain scalar may be, by its first character; 0 is text. */
const HINTS = new Uint8Array(128)
for (const character of 'yYnNtTfFoO~') HINTS[character.charCodeAt(0)] = WORD
for (const character of '+-.0123456789') HINTS[character.charCodeAt(0)] = NUMBER

const INTEGER = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[1-9][0-9]*)|0([0-7]*))$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
/** After a leading point, underscores may only stand between digits. */
const POINT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/
const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

/**
 * The value of an unquoted scalar as Kubernetes reads it: YAML 1.1 booleans, `0644` is octal, no sexagesimals, dates stay text.
 * `.inf` and `.nan` are numbers here, though no manifest can hold them.
 */
export function resolvePlain(text: string): Scalar {
  if (text === '') return null
  const hint = HINTS[text.charCodeAt(0)]
  if (hint === NUMBER) return numberIn(text) ?? text
  if (hint === WORD && text.length <= LONGEST_WORD) {
    const word = WORDS.get(text)
    return word === undefined ? text : word
  }
  return text
}

function numberIn(text: string): number | bigint | undefined {
  if (text.length > 15 || (text.charCodeAt(0) === 48 && text.length > 1)) return unusualNumber(text)
  let value = 0
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) return unusualNumber(text)
    value = value * 10 + digit
  }
  return value
}

function unusualNumber(text: string): number | bigint | undefined {
  return integerIn(text) ?? floatIn(text)
}

/** Between -2^63 and 2^64 - 1; what is larger is no integer but a float. */
function integerIn(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text.includes('_') ? text.replaceAll('_', '') : text)
  if (match === null) return undefined
  const [, sign, prefixed, octal] = match
  const magnitude = BigInt(prefixed ?? `0o0${octal}`)
  const value = sign === '-' ? -magnitude : magnitude
  if (value < MIN_INT64 || value > (sign === '' ? MAX_UINT64 : MAX_INT64)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function floatIn(text: string): number | undefined {
  const word = WORDS.get(text)
  if (typeof word === 'number') return word
  const pointed = text.charCodeAt(0) === 46
  const digits = text.replaceAll('_', '')
  if (!(pointed ? POINT_FLOAT.test(text) : FLOAT.test(digits))) return undefined
  const value = Number(digits)
  return Number.isFinite(value) ? value : undefined
}

const CORE_TAG = 'tag:yaml.org,2002:'

/**
 * The value of a scalar with an explicit tag (its full name), or `undefined` when the text is no such value.
 * Tags that Kubernetes does not know leave the scalar as text.
 */
export function resolveTagged(tag: string, text: string): Scalar | undefined {
  const resolve = tag.startsWith(CORE_TAG) ? TAGGED.get(tag.slice(CORE_TAG.length)) : undefined
  return resolve === undefined ? text : resolve(text)
}

const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?)?$/

const TAGGED = new Map<string, (text: string) => Scalar | undefined>([
  ['null', text => (text === '' || WORDS.get(text) === null ? null : undefined)],
  ['bool', booleanIn],
  ['int', text => (HINTS[text.charCodeAt(0)] === NUMBER ? integerIn(text) : undefined)],
  ['float', taggedFloat],
  ['timestamp', text => (TIMESTAMP.test(text) ? text : undefined)],
  ['binary', textOfBase64],
])

function booleanIn(text: string): boolean | undefined {
  const word = WORDS.get(text)
  return typeof word === 'boolean' ? word : undefined
}

function taggedFloat(text: string): number | undefined {
  if (HINTS[text.charCodeAt(0)] !== NUMBER) return undefined
  const integer = integerIn(text)
  if (integer === undefined) return floatIn(text)
  return integer <= MAX_INT64 ? Number(integer) : undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The decoded bytes read as UTF-8; a byte that is none becomes U+FFFD, for JSON can hold no bytes. */
function textOfBase64(text: string): string | undefined {
  const digits = text.replace(/[\r\n]/g, '')
  return BASE64.test(digits) ? Buffer.from(digits, 'base64').toString('utf8') : undefined
}

/**
 * The key that Kubernetes makes of an unquoted YAML key and its value: `y` is "true", `0644` is "420", `1e6` is "1e+06".
 * `undefined` when it refuses such a key: null, and integers beyond 2^63.
 */
export function keyOf(text: string, value: Scalar): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'bigint') return value <= MAX_INT64 ? value.toString() : undefined
  if (typeof value === 'number') return integerIn(text) === undefined ? floatKey(value) : value.toString()
  return undefined
}

/** Go's shortest form in single precision, which has an exponent below 10^-4 and from 10^6. */
function floatKey(value: number): string {
  const single = Math.fround(value)
  if (Number.isNaN(single)) return '.nan'
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf'
  if (single === 0) return Object.is(single, -0) ? '-0' : '0'
  let digits = 0
  while (digits < 8 && Math.fround(Number(single.toExponential(digits))) !== single) digits++
  const shortest = single.toExponential(digits)
  const exponent = Number(shortest.slice(shortest.indexOf('e') + 1))
  return exponent < -4 || exponent > 5 ? shortest.replace(/e([-+])(\d)$/, 'e$10$2') : Number(shortest).toString()
}
