/** What stands in place of a value that nobody may read. */
export const HIDDEN = '(hidden)'

const SECRET_NAME =
  /(pass(word|wd|phrase|w)?|secret|token|credentials?|(api|access|account|private|secret|encryption|signing)[_-]?key|connection[_-]?string)$/i

const SECRET_LINE =
  /^(\s*["']?[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credentials?|(?:api|access|account|private|secret|encryption|signing)[_-]?key)["']?\s*[:=]\s*).+$/i

const CREDENTIALS_IN_URL = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** Whether a setting of that name holds a secret by the customs of naming: `db_password`, `PGPASSWORD`, `apiKey`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** The text with the secrets that can be told by their looks masked: key lines, URLs with credentials, private keys. */
export function maskText(text: string): string {
  if (PRIVATE_KEY.test(text)) return HIDDEN
  return text
    .split('\n')
    .map(line => line.replace(SECRET_LINE, `$1${HIDDEN}`).replace(CREDENTIALS_IN_URL, `$1${HIDDEN}@`))
    .join('\n')
}
