/** What a `format` demands of a text, and how a message says it. */
export interface Format {
  /** `a quantity such as "500m" or "1Gi"`: what is required. */
  readonly wanted: string
  accepts(text: string): boolean
}

/** A unit alone ("Gi") is zero to Kubernetes, which nobody means: it is no quantity here. */
const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const GO_DURATION = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/
const WORDED_DURATION =
  /^\d+\s*(ns|nanos?|us|µs|micros?|ms|millis?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)$/i
const HOSTNAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/**
 * The formats that Kubernetes checks, under the name it looks them up by: without dashes. Those that nobody uses in a
 * manifest (ISBN, credit cards, colours) are left out, and as in the API server a format that is not here is no demand.
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/validation/formats.go (Kubernetes 1.34), and for `quantity`
 * k8s.io/apimachinery pkg/api/resource.
 */
const FORMATS = new Map<string, Format>([
  ['quantity', { wanted: 'a quantity such as "500m" or "1Gi"', accepts: text => QUANTITY.test(text) }],
  // Go's decoder skips line breaks, which block scalars bring along.
  ['byte', { wanted: 'base64', accepts: text => BASE64.test(text.replace(/[\r\n]/g, '')) }],
  ['datetime', { wanted: 'a time such as "2026-01-31T12:00:00Z"', accepts: isDateTime }],
  ['date', { wanted: 'a date such as "2026-01-31"', accepts: isDate }],
  [
    'duration',
    {
      wanted: 'a duration such as "90s" or "1h30m"',
      accepts: text => GO_DURATION.test(text) || WORDED_DURATION.test(text),
    },
  ],
  ['uri', { wanted: 'an absolute URI', accepts: text => /^([A-Za-z][A-Za-z0-9+.-]*:|\/)[^\s]*$/.test(text) }],
  ['email', { wanted: 'an email address', accepts: text => /^([^<>]*<)?[^@\s<>]+@[^@\s<>]+>?$/.test(text) }],
  ['hostname', { wanted: 'a host name', accepts: text => HOSTNAME.test(text) }],
  ['ipv4', { wanted: 'an IPv4 address', accepts: isIPv4 }],
  ['ipv6', { wanted: 'an IPv6 address', accepts: isIPv6 }],
  ['cidr', { wanted: 'an address range such as "10.0.0.0/8"', accepts: isCidr }],
  [
    'mac',
    {
      wanted: 'a MAC address',
      accepts: text => /^([0-9A-Fa-f]{2}([:-]))([0-9A-Fa-f]{2}\2)+[0-9A-Fa-f]{2}$/.test(text),
    },
  ],
  ['uuid', { wanted: 'a UUID', accepts: text => UUID.test(text) }],
  [
    'k8sshortname',
    {
      wanted: 'a name of lower-case letters, digits and dashes',
      accepts: text => text.length <= 63 && new RegExp(`^${LABEL}$`).test(text),
    },
  ],
  [
    'k8slongname',
    {
      wanted: 'a name of lower-case letters, digits, dashes and dots',
      accepts: text => text.length <= 253 && new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(text),
    },
  ],
])

/** The format of that name, or `undefined` when Kubernetes does not check it. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.get(name.replaceAll('-', ''))
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= daysInMonth
}

function isDateTime(text: string): boolean {
  return text[10] === 'T' && isDate(text.slice(0, 10)) && TIME.test(text.slice(11))
}

function isIPv4(text: string): boolean {
  return /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.|$)){4}$/.test(text) && !text.endsWith('.')
}

function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)?.at(-1)
  const embedsIPv4 = last !== undefined && isIPv4(last)
  const all = groups.flat()
  const hex = embedsIPv4 ? all.slice(0, -1) : all
  if (!hex.every(group => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  const length = hex.length + (embedsIPv4 ? 2 : 0)
  return halves.length === 2 ? length < 8 : length === 8
}

function isCidr(text: string): boolean {
  const [, address, prefix] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  if (address === undefined || prefix === undefined || /^0\d/.test(prefix)) return false
  return (isIPv4(address) && Number(prefix) <= 32) || (isIPv6(address) && Number(prefix) <= 128)
}
