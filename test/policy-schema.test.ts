import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePage } from '../src/lint/page.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { registryOf } from '../src/schema/registry.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'

const folder = fileURLToPath(new URL('../../policies/', import.meta.url))
const registry = registryOf(builtSchemas(), [])

/** Kinds of other projects that examples speak of, and that no schema here describes. */
const FOREIGN = ['CiliumNetworkPolicy', 'SealedSecret']

/** Families of the engine itself, whose examples are what the API server would not accept, or nothing for it. */
const OF_THE_ENGINE = ['schema/', 'waivers/']

function isPage(name: string): boolean {
  return name.endsWith('.md') && !OF_THE_ENGINE.some(family => name.startsWith(family))
}

test('every example of a policy page is what the API server would accept', () => {
  let judged = 0
  const problems: string[] = []
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isPage)) {
    for (const { yaml, line } of parsePage(readFileSync(folder + file, 'utf8')).page.examples) {
      for (const { manifest, range } of parseManifests(file, yaml).sources) {
        judged++
        const result = validate(registry, manifest)
        if (result.outcome === 'unknown') {
          const isOurs = manifest.apiVersion.startsWith('waybill.dev/')
          if (!FOREIGN.includes(manifest.kind) && !isOurs) problems.push(`${file}:${line}: ${result.reason}`)
        } else {
          for (const { at, message } of result.problems) {
            problems.push(`${file}:${line + range(at).start.line - 1}: ${message}`)
          }
        }
      }
    }
  }
  assert.equal(problems, [])
  assert.ok(judged > 0)
})

test.run()
