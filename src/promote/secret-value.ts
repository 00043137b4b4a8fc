/** What stands in place of a value that nobody may read. */
export const HIDDEN = '(hidden)'

const WORD =
  '(?:pass(?:word|wd|phrase)?|passw|secret|token|credentials?|(?:api|access|account|private|secret|encryption|signing)[_-]?key|connection[_-]?string)'

const SECRET_NAME = new RegExp(`${WORD}$`, 'i')

/** A line of a configuration file: the rest of the line is the value. */
const SECRET_LINE = new RegExp(`^(\\s*["']?[\\w.-]*${WORD}["']?\\s*[:=]\\s*).+$`, 'i')

/**
 * The same in the middle of a text: a quoted value, or what stands up to the next space. The look-behind keeps the
 * search linear in long runs of letters.
 */
const SECRET_INSIDE = new RegExp(
  `((?<![\\w.-])[\\w.-]*${WORD}["']?\\s*[:=]\\s*|\\bpassword\\s+(?='))("[^"]*"|'[^']*'|[^\\s,;}]+)`,
  'gi',
)

const CREDENTIALS_IN_URL = /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** Whether a setting of that name holds a secret by the customs of naming: `db_password`, `PGPASSWORD`, `apiKey`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** The text with the secrets that can be told by their looks masked: named values, URLs with credentials, private keys. */
export function maskText(text: string): string {
  if (PRIVATE_KEY.test(text)) return HIDDEN
  return text.split('\n').map(maskLine).join('\n')
}

function maskLine(line: string): string {
  if (SECRET_LINE.test(line)) return line.replace(SECRET_LINE, `$1${HIDDEN}`)
  return line.replace(SECRET_INSIDE, `$1${HIDDEN}`).replace(CREDENTIALS_IN_URL, `$1${HIDDEN}@`)
}
