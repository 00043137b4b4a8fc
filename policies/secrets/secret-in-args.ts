import { credentialIn, isCredentialName } from '../../src/analysis/credential.ts'
import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { listOf } from '../../src/manifest/value.ts'
import type { Container } from '../../src/manifest/workload.ts'

export default definePolicy({
  title: 'no secret stands on a command line',
  fix: 'give it in an environment variable from a Secret, or in a mounted file that the program reads',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    for (const { source, containers } of writtenWorkloads(index)) {
      for (const container of containers) {
        for (const { at, what } of exposedOptions(container)) {
          const message = `container "${container.name}" has ${what} on its command line, so every list of processes shows it`
          yield { source, at, message }
        }
      }
    }
  },
})

interface Word {
  readonly at: FieldPath
  readonly text: string
}

/** The words of the command line; a word that is a script is split at its blanks. */
function wordsOf({ at, fields }: Container): readonly Word[] {
  return ['command', 'args'].flatMap(field =>
    listOf(fields[field]).flatMap((value, nth) =>
      String(value)
        .split(/\s+/)
        .filter(text => text !== '')
        .map(text => ({ at: [...at, field, nth], text })),
    ),
  )
}

/** `--db_password=x` and `--db_password x`. What ends in `secret` mostly names a Secret, but for that of a client. */
const OPTION = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s
const NAMES_A_SECRET = /(?<!client[_-]?)secret$/i

/** Options of one letter, by the program that has them. */
const SHORT_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['odoo', '-w'],
  ['odoo-bin', '-w'],
  ['redis-cli', '-a'],
])
/** Options whose names do not say it. */
const OTHER_OPTIONS = new Set(['requirepass', 'masterauth'])

function* exposedOptions(container: Container): Generator<{ readonly at: FieldPath; readonly what: string }> {
  const words = wordsOf(container)
  let short: string | undefined
  for (const [nth, { at, text }] of words.entries()) {
    const next = words[nth + 1]
    short = SHORT_OPTIONS.get(text.slice(text.lastIndexOf('/') + 1)) ?? short
    const [, name = '', given] = OPTION.exec(text) ?? []
    const isSecret = (isCredentialName(name) && !NAMES_A_SECRET.test(name)) || OTHER_OPTIONS.has(name)
    if (isSecret || text === short) {
      const value = given ?? (next?.text.startsWith('-') === false ? next.text : '')
      const place = given === undefined ? (next?.at ?? at) : at
      if (isValue(value)) yield { at: place, what: `the value of "${text.split('=')[0]}"` }
    } else if (credentialIn(text) !== undefined) {
      yield { at, what: 'a password in an address' }
    }
  }
}

/** A variable of the environment is on the command line too once it is filled in; a path or a template is not the secret. */
function isValue(value: string): boolean {
  const bare = value.replace(/^(["'])(.*)\1$/s, '$2')
  return bare !== '' && !/^(?:\/|\{\{|<|true$|false$|file:|[|&;>])/.test(bare)
}
