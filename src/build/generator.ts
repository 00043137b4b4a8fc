/**
 * Names the generator: the version, and a digest of the code and the texts that decide what bytes synth writes. Two builds
 * that might render differently never share a name, so a tree always says truthfully what rendered it.
 *
 * Beside it stands the digest of the whole program with its data: what one program has judged, no other may repeat.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BakedPolicies } from '../cli/catalogue.ts'

const dist = fileURLToPath(new URL('../../', import.meta.url))
const DECIDING = ['charts', 'src/manifest', 'src/spec', 'src/synth', '../templates/runbooks']

function digestOf(folders: readonly string[], file: RegExp) {
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const name of readdirSync(dist + folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (file.test(name)) hash.update(`${folder}/${name}\n`).update(readFileSync(`${dist}${folder}/${name}`))
    }
  }
  return hash
}

const packageFile = readFileSync(`${dist}../package.json`, 'utf8')
// The policies that a cluster is told of arrive as data.
const { admission } = JSON.parse(readFileSync(`${dist}policies/catalogue.json`, 'utf8')) as BakedPolicies
const deciding = digestOf(DECIDING, /\.(?:js|md)$/).update(JSON.stringify(admission))
const generator = `${JSON.parse(packageFile).version}+${deciding.digest('hex').slice(0, 8)}`
// package.json pins the versions of all that the program imports.
const program = digestOf(['charts', 'policies', 'src'], /\.js(?:on)?$/)
  .update(packageFile)
  .digest('hex')
writeFileSync(`${dist}generator.json`, `${JSON.stringify({ generator, program })}\n`)
