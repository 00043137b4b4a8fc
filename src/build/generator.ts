/**
 * Names the generator: the version, and a digest of the code and the texts that decide what bytes synth writes. Two builds that might
 * render differently never share a name, so a tree always says truthfully what rendered it.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../../', import.meta.url))
const DECIDING = ['charts', 'src/manifest', 'src/spec', 'src/synth']

const hash = createHash('sha256')
const update = (folder: string, suffix: string) => {
  for (const name of readdirSync(dist + folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith(suffix)) hash.update(`${folder}/${name}\n`).update(readFileSync(`${dist}${folder}/${name}`))
  }
}
for (const folder of DECIDING) update(folder, '.js')
update('../templates/runbooks', '.md')
const { version } = JSON.parse(readFileSync(`${dist}../package.json`, 'utf8'))
writeFileSync(
  `${dist}generator.json`,
  `${JSON.stringify({ generator: `${version}+${hash.digest('hex').slice(0, 8)}` })}\n`,
)
