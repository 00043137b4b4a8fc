import { environmentNamed, type Platform, sourceOf } from '../spec/platform.ts'
import { unitNamed, unitsOf } from '../spec/unit.ts'
import { verifyAnnexes } from './annex.ts'
import { digestOf } from './canonical-json.ts'
import { UNIT_FILE, unitFolder } from './layout.ts'
import type { Templates } from './pages/template.ts'
import { recordedUnit, standingUnit, unitFolders } from './plan.ts'
import { render } from './render.ts'
import type { TreeReader } from './tree.ts'
import { localDigest, revisionOf, short } from './unit-file.ts'

/** A file or unit that is not what the tree says it is. */
export interface Fault {
  readonly path: string
  readonly message: string
  readonly hint: string
}

export interface Verification {
  readonly faults: readonly Fault[]
  readonly units: number
  readonly files: number
  /** Units that another version of waybill rendered: their digests were compared, they were not rendered again. */
  readonly foreign: readonly { readonly environment: string; readonly unit: string; readonly generator: string }[]
}

/**
 * Whether the tree is what it says: files match `unit.json`, units render again to the same bytes, the first environment
 * of each and the annexes are what the spec says now. Needs no Git.
 *
 * @throws InputError when the spec itself cannot be rendered, or a `unit.json` cannot be read
 */
export function verify(platform: Platform, generator: string, reader: TreeReader, templates: Templates): Verification {
  const faults: Fault[] = []
  const foreign: { environment: string; unit: string; generator: string }[] = []
  const folders = unitFolders(reader)
  let files = 0
  for (const [environment, name] of folders) {
    const folder = unitFolder(environment, name)
    const recorded = recordedUnit(reader, environment, name)
    if (recorded === undefined) continue
    const present = reader.files(folder)
    files += present.length
    for (const path of present) {
      const text = reader.read(`${folder}/${path}`) ?? ''
      const expected = recorded.files[path]?.digest
      if (path === UNIT_FILE || expected === digestOf(text)) continue
      faults.push(
        expected === undefined
          ? {
              path: `${folder}/${path}`,
              message: 'is not a file of this unit',
              hint: 'move it out, or name it under "extra"',
            }
          : {
              path: `${folder}/${path}`,
              message: 'was changed by hand',
              hint: 'restore it, and put the change under "overrides"',
            },
      )
    }
    for (const path of Object.keys(recorded.files).filter(path => !present.includes(path))) {
      faults.push({ path: `${folder}/${path}`, message: 'is missing', hint: 'restore it, or run `waybill synth`' })
    }
    const declared = environmentNamed(platform, environment)
    const wanted = declared && unitNamed(platform, declared, name)
    if (wanted === undefined) {
      faults.push({
        path: folder,
        message: 'belongs to no unit of the spec',
        hint: 'put the tenant back with "retired: true"',
      })
      continue
    }
    const unit = standingUnit(platform, wanted, recorded) ?? wanted
    const first = sourceOf(platform, name, environment) === undefined
    const retired = platform.tenants.some(tenant => tenant.name === name && tenant.retired)
    if (first && retired) {
      faults.push({ path: folder, message: 'belongs to a retired tenant', hint: 'run `waybill synth`' })
    } else if (recorded.revision !== revisionOf(unit.promoted)) {
      const message = `holds revision ${short(recorded.revision)}, the spec says ${short(revisionOf(unit.promoted))}`
      faults.push({ path: folder, message, hint: 'run `waybill synth`' })
    } else if (recorded.local !== localDigest(unit.local)) {
      faults.push({
        path: folder,
        message: 'was rendered from other local settings than the spec has now',
        hint: 'run `waybill synth`',
      })
    } else if (recorded.generator !== generator) {
      foreign.push({ environment, unit: name, generator: recorded.generator })
      if (first) {
        const message = `was rendered by waybill ${recorded.generator}, this is ${generator}`
        faults.push({
          path: folder,
          message,
          hint: 'run `waybill synth`: a first environment belongs to the running version',
        })
      }
    } else {
      const rendered = render(unit, generator, platform.locate)
      for (const [path, text] of rendered) {
        if (reader.read(`${folder}/${path}`) === text || faults.some(fault => fault.path === `${folder}/${path}`))
          continue
        faults.push({
          path: `${folder}/${path}`,
          message: 'does not render again to the same bytes',
          hint: 'restore it, or run `waybill synth`',
        })
      }
    }
  }
  for (const environment of platform.environments) {
    for (const { name } of unitsOf(platform, environment)) {
      const first = sourceOf(platform, name, environment.name) === undefined
      const retired = platform.tenants.some(tenant => tenant.name === name && tenant.retired)
      if (!first || retired || folders.some(([env, unit]) => env === environment.name && unit === name)) continue
      faults.push({ path: unitFolder(environment.name, name), message: 'is missing', hint: 'run `waybill synth`' })
    }
  }
  const annexes = verifyAnnexes(platform, generator, reader, templates)
  return { faults: [...faults, ...annexes.faults], units: folders.length, files: files + annexes.files, foreign }
}
