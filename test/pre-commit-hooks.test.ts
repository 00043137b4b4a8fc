import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'

const project = fileURLToPath(new URL('../../', import.meta.url))
const hooks: readonly Readonly<Record<string, unknown>>[] = parse(
  readFileSync(`${project}.pre-commit-hooks.yaml`, 'utf8'),
)
const { bin } = JSON.parse(readFileSync(`${project}package.json`, 'utf8')) as { bin: Record<string, string> }

/** The fields of a hook and their types, as pre-commit documents them under "Creating new hooks" (November 2026). */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: isText,
  name: isText,
  entry: isText,
  language: value => value === 'node',
  files: isText,
  exclude: isText,
  types: areTexts,
  types_or: areTexts,
  exclude_types: areTexts,
  always_run: isFlag,
  fail_fast: isFlag,
  verbose: isFlag,
  pass_filenames: isFlag,
  require_serial: isFlag,
  description: isText,
  language_version: isText,
  minimum_pre_commit_version: isText,
  args: areTexts,
  stages: areTexts,
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isText)
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean'
}

test('the hooks have the fields that pre-commit knows, and those that it needs', () => {
  assert.equal(
    hooks.map(({ id }) => id),
    ['waybill-lint', 'waybill-synth-check'],
  )
  for (const hook of hooks) {
    for (const needed of ['id', 'name', 'entry', 'language']) assert.ok(needed in hook, `${hook.id} has no ${needed}`)
    for (const [field, value] of Object.entries(hook)) {
      assert.ok(FIELDS[field]?.(value), `${field} of ${hook.id} is not what pre-commit documents`)
    }
  }
})

test('each hook calls a program of this package with a command and options that it has', () => {
  for (const { entry } of hooks) {
    const [program = '', ...words] = String(entry).split(' ')
    const file = bin[program]
    assert.ok(file, `the package installs no ${program}`)
    const { status, stdout } = spawnSync(process.execPath, [`${project}${file}`, ...words, '--help'], {
      encoding: 'utf8',
    })
    assert.is(status, 0)
    assert.match(stdout, new RegExp(`^Usage: ${program} ${words[0]} `))
    for (const option of words.slice(1)) assert.match(stdout, new RegExp(`^  ${option}\\b`, 'm'))
  }
})

test('a hook that is given no file names finds what is wrong by itself', () => {
  assert.ok(hooks.every(({ pass_filenames }) => pass_filenames === false))
})

test.run()
