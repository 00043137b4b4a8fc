/** Names that, by custom, are those of a secret: `db_password`, `PGPASSWORD`, `clientSecret`, `SMTP_PASS`, `apiKey`. */
const NAME =
  /(?:passw(?:or)?d|passphrase|secret|token|credentials?|[_-]pwd|(?:^|[_-])pass|(?:api|secret|private|encryption|signing)[_-]?key|connection[_-]?string)$/i

/** What such a name is instead: that of a Kubernetes Secret, a switch, a hash, the name by which members of a cluster find each other. */
const NOT_NAME =
  /(?:(?:pull|tls|cert|certificate|existing)[_-]?secret|cluster[_-]?token)$|^hashed[_-]|(?:^|[_-])(?:no|allow|require|use|has|is|empty)[_-]/i

/** Whether a setting of that name holds a secret by the customs of naming. */
export function isCredentialName(name: string): boolean {
  return NAME.test(name) && !NOT_NAME.test(name)
}

/**
 * What stands in place of a secret: a template, variable or placeholder to be filled in, a path or address of where it is kept, a
 * hash, an encrypted value, a switch, a blank.
 */
const STAND_INS = [
  /^$|^\$|\{\{|\$[{(]|%\(|^<.*>$|^[*?x]+$|@azurekeyvault$/i,
  /^(?:true|false|yes|no|y|n|on|off|none|null|nil|~|0|1)$/i,
  /^(?:\/|\.\/|[a-z][\w+.-]*:\/\/(?![^\s/:@]*:[^\s/@]+@)|file:|env:|vault:|arn:|ref\+|!)/i,
  /^ENC\[|^AgA|^\{(?:SSHA|CRYPT)/,
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/,
  /placeholder|replace[_-]?me|^your[_-]/i,
]

/** Whether a value is the secret itself, and not a reference to it. */
export function isLiteralCredential(value: string): boolean {
  const bare = value
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim()
  return !STAND_INS.some(pattern => pattern.test(bare))
}

const URL_PASSWORD = /[a-z][\w+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/i
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** What sort of secret a text shows by its looks, whatever its name. */
export function credentialIn(text: string): 'a private key' | 'a password in an address' | undefined {
  if (PRIVATE_KEY.test(text)) return 'a private key'
  const [, password] = URL_PASSWORD.exec(text) ?? []
  return password !== undefined && isLiteralCredential(password) ? 'a password in an address' : undefined
}

const CONFIGURATION_FILE = /\.(?:conf|cfg|cnf|ini|properties|env|toml|ya?ml|json)$/i
const SETTING = /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[=:]\s*(.*?),?\s*$/

/** Words that name a secret only where somebody chose them to: alone in a file they mostly name a Kubernetes Secret. */
const VAGUE = /^(?:secret|token|credentials?)$/i

/** The settings of a configuration file that hold a secret in plain text. Other files are programs and prose: none. */
export function literalSettings(fileName: string, text: string): readonly string[] {
  if (!CONFIGURATION_FILE.test(fileName)) return []
  return text.split(/\r?\n/).flatMap(line => {
    const [, name = '', value = ''] = SETTING.exec(line) ?? []
    const isStructure = /^[[{|>&]/.test(value)
    if (!isCredentialName(name) || VAGUE.test(name) || isStructure) return []
    return isLiteralCredential(value) ? [name] : []
  })
}
