/**
 * Names the generator: the version, and a digest of the code that decides what bytes synth writes. Two builds that might
 * render differently never share a name, so a tree always says truthfully what rendered it.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BakedPolicies } from '../cli/catalogue.ts'

const dist = fileURLToPath(new URL('../../', import.meta.url))
const DECIDING = ['charts', 'src/manifest', 'src/spec', 'src/synth']

const hash = createHash('sha256')
for (const folder of DECIDING) {
  for (const name of readdirSync(dist + folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.js')) hash.update(`${folder}/${name}\n`).update(readFileSync(`${dist}${folder}/${name}`))
  }
}
// The policies that a cluster is told of arrive as data.
const { admission } = JSON.parse(readFileSync(`${dist}policies/catalogue.json`, 'utf8')) as BakedPolicies
hash.update(JSON.stringify(admission))
const { version } = JSON.parse(readFileSync(`${dist}../package.json`, 'utf8'))
writeFileSync(
  `${dist}generator.json`,
  `${JSON.stringify({ generator: `${version}+${hash.digest('hex').slice(0, 8)}` })}\n`,
)
