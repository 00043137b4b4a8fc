import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import picomatch from 'picomatch'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { platformIn } from '../src/cli/workspace.ts'
import { diskTree } from '../src/files.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { annexPages } from '../src/synth/annex.ts'
import { unitFolder } from '../src/synth/layout.ts'
import { previewUnits } from '../src/synth/plan.ts'
import { render } from '../src/synth/render.ts'

const templates = fileURLToPath(new URL('../../templates', import.meta.url))

interface Row {
  readonly number: number
  readonly requirement: string
  readonly artefacts: readonly string[]
}

function rowsOf(page: string): Row[] {
  return page
    .split('\n')
    .filter(line => /^\| \d/.test(line))
    .map(line => {
      const [, number = '', requirement = '', artefacts = ''] = line.split(' | ').join('|').split('|')
      return {
        number: Number(number),
        requirement: requirement.trim(),
        artefacts: [...artefacts.matchAll(/`([^`]+)`/g)].map(([, artefact = '']) => artefact),
      }
    })
}

const rows = rowsOf(readFileSync(`${templates}/INVENTORY.md`, 'utf8'))

/** Everything that the example becomes in all of its environments: `Kind/name` of manifests, and paths of other files. */
function written(): Set<string> {
  const platform = platformIn(diskTree(`${templates}/platforms/northwind`))
  const found = new Set<string>()
  for (const { name: environment } of platform.environments) {
    for (const unit of previewUnits(platform, environment)) {
      for (const [path, text] of render(unit, 'test', platform.locate)) {
        found.add(`${unitFolder(environment, unit.name)}/${path}`)
        for (const { manifest } of parseManifests(path, text).sources)
          found.add(`${manifest.kind}/${manifest.metadata.name}`)
      }
    }
  }
  for (const [folder, pages] of annexPages(platform, diskTree(templates).below('runbooks'))) {
    for (const path of pages.keys()) found.add(`${folder}/${path}`)
  }
  for (const path of diskTree(`${templates}/repository`).files('.')) found.add(path.replace(/^github\//, '.github/'))
  return found
}

function has(names: readonly string[], artefact: string): boolean {
  const matches = picomatch(artefact, { dot: true })
  return names.some(name => matches(name))
}

test('every artefact of the inventory is written for the example', () => {
  const names = [...written()]
  const missing = rows.flatMap(({ number, artefacts }) =>
    artefacts.filter(artefact => !has(names, artefact)).map(artefact => `${number}: ${artefact}`),
  )
  assert.equal(missing, [])
})

test('the inventory holds each requirement once, by its number, and something for each', () => {
  assert.ok(rows.length > 30)
  const numbers = rows.map(({ number }) => number)
  assert.equal(
    numbers,
    [...new Set(numbers)].sort((left, right) => left - right),
  )
  for (const { number, requirement, artefacts } of rows) {
    assert.ok(requirement !== '' && artefacts.length > 0, String(number))
  }
})

test('a name that nothing has would be found missing', () => {
  const names = [...written()]
  assert.not.ok(has(names, 'Deployment/odoo-nobody'))
  assert.ok(has(names, 'gitops/*.yaml'))
})

test.run()
