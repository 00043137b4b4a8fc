import { type Ini, parseIni } from '../manifest/ini.ts'
import type { Change } from './change.ts'
import { ODOO_TERMS } from './odoo-terms.ts'
import { medium, none } from './risk.ts'
import { HIDDEN, isSecretName, maskText } from './secret-value.ts'
import { lastName, type Reading, readEach, type Setting, type Term, without } from './term.ts'

const REWRITTEN = none('comments or layout only')

/** A file inside a manifest: INI files are told key by key, others by the lines that come and go. */
export const FILE: Term = {
  read(change, setting) {
    const from = iniOf(change.from)
    const to = iniOf(change.to)
    const isIni = /\.(conf|cfg|ini)$/.test(lastName(change)) && (from !== undefined || to !== undefined)
    const areBothIni =
      isIni && [change.from, change.to].every(side => typeof side !== 'string' || iniOf(side) !== undefined)
    return areBothIni ? readIni(from, to, change, setting) : [readLines(change)]
  },
}

function iniOf(text: unknown): Ini | undefined {
  return typeof text === 'string' ? parseIni(text) : undefined
}

function readIni(from: Ini | undefined, to: Ini | undefined, change: Change, setting: Setting): Reading[] {
  const readings = readEach(ODOO_TERMS, from?.entries ?? new Map(), to?.entries ?? new Map(), change, setting)
  const others = { ...change, from: from?.others.join('\n'), to: to?.others.join('\n') }
  if ((others.from ?? '') !== (others.to ?? '')) readings.push(readLines(others))
  if (readings.length > 0) return readings
  return [{ topic: 'configuration', what: lastName(change), risk: REWRITTEN }]
}

function readLines(change: Change): Reading {
  const file = lastName(change)
  const from = linesOf(change.from)
  const to = linesOf(change.to)
  const gone = without(from, to).join('\n')
  const come = without(to, from).join('\n')
  const risk = medium('whatever reads this file behaves differently')
  const words = { topic: 'configuration' as const, what: file }
  if (isSecretName(file)) {
    return {
      ...words,
      ...(change.from === undefined ? {} : { from: HIDDEN }),
      ...(change.to === undefined ? {} : { to: HIDDEN }),
      risk,
    }
  }
  if (gone === '' && come === '') return { ...words, what: `order of lines in ${file}`, risk }
  return {
    ...words,
    ...(gone === '' ? {} : { from: maskText(gone) }),
    ...(come === '' ? {} : { to: maskText(come) }),
    risk,
  }
}

function linesOf(value: unknown): string[] {
  if (value === undefined || value === null) return []
  return String(value).replace(/\n$/, '').split('\n')
}
