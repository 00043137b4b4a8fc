import { App, type Chart } from 'cdk8s'
import { PlatformUnit } from '../../charts/platform.ts'
import { TenantUnit } from '../../charts/tenant.ts'
import { type Manifest, type Origin, objectName } from '../manifest/manifest.ts'
import { parseManifests } from '../manifest/parse.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { fieldsOf } from '../manifest/value.ts'
import type { Contradiction } from '../spec/asking.ts'
import { PLATFORM_UNIT } from '../spec/platform.ts'
import { settlePlatform } from '../spec/platform-settings.ts'
import { InputError, nearest, type Problem } from '../spec/problem.ts'
import type { Derivations } from '../spec/settings.ts'
import { settle } from '../spec/settle.ts'
import { layersOf, type Unit } from '../spec/unit.ts'
import { digestOf } from './canonical-json.ts'
import { toYaml } from './canonical-yaml.ts'
import { KUSTOMIZATION, manifestPath, UNIT_FILE } from './layout.ts'
import { mergePatch } from './merge-patch.ts'
import { localDigest, type Origins, revisionOf, writeUnitFile } from './unit-file.ts'
import { type Made, walk } from './walk.ts'

/** The files of one unit, by their path below its folder; `unit.json` is one of them. */
export type UnitTree = ReadonlyMap<string, string>

/** Where in the spec a key stands, to point a person at it. */
export type Locate = (key: FieldPath) => Origin

/** A manifest together with what it came from. */
interface Written {
  readonly manifest: Manifest
  readonly from: string
  readonly origins: Origins
}

/**
 * Renders a unit: a pure function of its two halves and of this version of waybill.
 *
 * @throws InputError when statements of the spec contradict each other, an override matches nothing, a file of `extra`
 *   does not hold manifests, or two manifests claim one path
 */
export function render(unit: Unit, generator: string, locate: Locate): UnitTree {
  const written = [...generate(unit, locate), ...extras(unit, locate)]
  const files = new Map<string, string>()
  const owners = new Map<string, string>()
  const recorded: Record<string, { digest: string; origins?: Origins }> = {}
  for (const { manifest, from, origins } of override(unit, written, locate)) {
    const path = manifestPath(manifest)
    const owner = owners.get(path)
    if (owner !== undefined) {
      const { file, line } = locate(['tenants', unit.name])
      throw new InputError([
        {
          file: `${file}:${line}`,
          message: `${objectName(manifest)} is made twice, by ${owner} and by ${from}, and one file cannot hold both`,
          hint: 'give one of them another name',
        },
      ])
    }
    owners.set(path, from)
    const text = toYaml(manifest)
    files.set(path, text)
    recorded[path] = { digest: digestOf(text), ...(Object.keys(origins).length === 0 ? {} : { origins }) }
  }
  const kustomization = toYaml({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...files.keys()].sort(),
  })
  files.set(KUSTOMIZATION, kustomization)
  recorded[KUSTOMIZATION] = { digest: digestOf(kustomization) }
  files.set(
    UNIT_FILE,
    writeUnitFile({
      environment: unit.environment,
      unit: unit.name,
      generator,
      revision: revisionOf(unit.promoted),
      promoted: unit.promoted,
      local: localDigest(unit.local),
      files: recorded,
    }),
  )
  return files
}

function generate(unit: Unit, locate: Locate): Written[] {
  if (unit.name === PLATFORM_UNIT) {
    const { settings, derivations } = settlePlatform(unit)
    return made(new PlatformUnit(new App(), PLATFORM_UNIT, settings), derivations)
  }
  const { settings, derivations, contradictions } = settle(unit)
  if (contradictions.length > 0) throw new InputError(contradictions.map(found => problemOf(found, locate)))
  return made(new TenantUnit(new App(), unit.name, settings), derivations)
}

function made(chart: Chart, derivations: Derivations): Written[] {
  return walk(chart).map(({ manifest, construct, decidedBy }: Made) => ({
    manifest,
    from: construct,
    origins: Object.fromEntries(
      Object.entries(decidedBy).flatMap(([path, setting]) => {
        const key = derivations[setting]?.keys[0]
        return key === undefined ? [] : [[path, formatPath(key)]]
      }),
    ),
  }))
}

/** Both contradicting lines, so that a person may choose which one to change. */
export function problemOf({ message, hint, key, against }: Contradiction, locate: Locate): Problem {
  const { file, line } = locate(key)
  const other = against === undefined ? undefined : locate(against)
  return {
    file,
    start: { line, column: 1, offset: 0 },
    message,
    hint,
    ...(other === undefined || (other.line === line && other.file === file)
      ? {}
      : { also: { file: other.file, line: other.line, message: `"${other.key}" says otherwise` } }),
  }
}

/** Files of plain YAML that join the unit as they are. */
function extras(unit: Unit, locate: Locate): Written[] {
  const halves: [FieldPath, Readonly<Record<string, string>>][] = [
    [['tenants', unit.name, 'extra'], unit.promoted.files],
    [['tenants', unit.name, 'environments', unit.environment, 'extra'], unit.local.files],
  ]
  return halves.flatMap(([key, files]) =>
    Object.entries(files).flatMap(([file, text]) => {
      const { sources, problems } = parseManifests(file, text)
      if (problems.length > 0) {
        throw new InputError(problems.map(({ message, range }) => ({ file, start: range.start, message })))
      }
      if (sources.length === 0) {
        const { file: spec, line } = locate(key)
        throw new InputError([
          { file, message: 'the file holds no manifest', hint: `${spec}:${line} names it under "extra"` },
        ])
      }
      return sources.map(({ manifest }) => ({ manifest, from: file, origins: { '': formatPath(key) } }))
    }),
  )
}

/** Applies the merge patches of both halves, the local ones last. */
function override(unit: Unit, written: readonly Written[], locate: Locate): readonly Written[] {
  const layers = layersOf(unit).filter(({ fields }) => fields.overrides !== undefined)
  let patched = written
  for (const { at, fields } of layers.reverse()) {
    for (const [target, patch] of Object.entries(fieldsOf(fields.overrides))) {
      const key = [...at, 'overrides', target]
      const matches = ({ manifest }: Written) => `${manifest.kind}/${manifest.metadata.name}` === target
      if (!patched.some(matches)) throw new InputError([unmatched(target, key, patched, locate)])
      patched = patched.map(entry =>
        matches(entry)
          ? {
              ...entry,
              manifest: mergePatch(entry.manifest, patch) as Manifest,
              origins: { ...entry.origins, ...patchedPaths(patch, key) },
            }
          : entry,
      )
    }
  }
  return patched
}

function unmatched(target: string, key: FieldPath, written: readonly Written[], locate: Locate): Problem {
  const { file, line } = locate(key)
  const known = written.map(({ manifest }) => `${manifest.kind}/${manifest.metadata.name}`)
  const near = nearest(target, known) ?? known.find(name => name.startsWith(`${target.split('/')[0]}/`))
  return {
    file,
    start: { line, column: 1, offset: 0 },
    message: `the override "${target}" matches no manifest of the unit`,
    hint: near === undefined ? 'name one as Kind/name' : `did you mean "${near}"?`,
  }
}

/** A finding on a patched field leads to the override, not to what it replaced. */
function patchedPaths(patch: unknown, key: FieldPath): Origins {
  const origins: Record<string, string> = {}
  const visit = (value: unknown, path: FieldPath): void => {
    const entries = Object.entries(fieldsOf(value))
    if (entries.length === 0) origins[formatPath(path)] = formatPath([...key, ...path])
    for (const [name, child] of entries) visit(child, [...path, name])
  }
  visit(patch, [])
  return origins
}
