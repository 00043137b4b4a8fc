import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import picomatch from 'picomatch'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { diskTree } from '../src/files.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { annexFilesOf, type Example, example, TEMPLATES, unitFilesOf } from './example-tree.ts'

interface Row {
  readonly number: number
  readonly requirement: string
  readonly artefacts: readonly string[]
  /** Why nothing is written. */
  readonly limit: string | undefined
}

function rowsOf(page: string): Row[] {
  return page
    .split('\n')
    .filter(line => /^\| \d/.test(line))
    .map(line => {
      const [, number = '', requirement = '', cell = ''] = line.split('|').map(part => part.trim())
      return {
        number: Number(number),
        requirement,
        artefacts: [...cell.matchAll(/`([^`]+)`/g)].map(([, artefact = '']) => artefact),
        limit: /^not generated: (.+)$/.exec(cell)?.[1],
      }
    })
}

const rows = rowsOf(readFileSync(`${TEMPLATES}/INVENTORY.md`, 'utf8'))

/** Everything that an example becomes in all of its environments: `Kind/name` of manifests, and paths of other files. */
function written(name: Example): string[] {
  const platform = example(name)
  const units = unitFilesOf(platform)
  const manifests = [...units].flatMap(([path, text]) =>
    parseManifests(path, text).sources.map(({ manifest }) => `${manifest.kind}/${manifest.metadata.name}`),
  )
  const stated = diskTree(`${TEMPLATES}/platforms/${name}`).files('.')
  const once = diskTree(`${TEMPLATES}/repository`)
    .files('.')
    .map(path => path.replace(/^github\//, '.github/'))
  return [...units.keys(), ...manifests, ...annexFilesOf(platform).keys(), ...stated, ...once]
}

const names = [...written('northwind'), ...written('bakery').map(artefact => `bakery:${artefact}`)]

function has(artefact: string): boolean {
  const matches = picomatch(artefact, { dot: true })
  return names.some(name => matches(name))
}

test('every artefact of the inventory is written for the example', () => {
  const missing = rows.flatMap(({ number, artefacts }) =>
    artefacts.filter(artefact => !has(artefact)).map(artefact => `${number}: ${artefact}`),
  )
  assert.equal(missing, [])
})

test('the inventory holds each of the 124 requirements once, with what is written for it or why nothing is', () => {
  assert.equal(
    rows.map(({ number }) => number),
    Array.from({ length: 124 }, (_, index) => index + 1),
  )
  for (const { number, requirement, artefacts, limit } of rows) {
    assert.ok(requirement !== '' && artefacts.length > 0 !== (limit !== undefined), String(number))
  }
})

test('what is not generated is said among the limits of the README, and is little', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
  const [, limits = ''] = /^## Limits[^\n]*\n([\s\S]*?)(?=^## )/m.exec(readme) ?? []
  const said = limits.replace(/\s+/g, ' ')
  const unsaid = rows.flatMap(({ number, limit }) =>
    limit === undefined || said.includes(limit) ? [] : [`${number}: ${limit}`],
  )
  assert.equal(unsaid, [])
  assert.ok(rows.filter(({ limit }) => limit !== undefined).length < 15)
  assert.ok(readme.includes('templates/INVENTORY.md'), 'the README leads to the inventory')
})

test('a name that nothing has would be found missing', () => {
  assert.not.ok(has('Deployment/odoo-nobody'))
  assert.not.ok(has('bakery:CronJob/restore-test'))
  assert.ok(has('gitops/*.yaml'))
})

test.run()
