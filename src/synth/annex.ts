import { isFields } from '../manifest/value.ts'
import type { Platform } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import type { Settings } from '../spec/settings.ts'
import { settle } from '../spec/settle.ts'
import { digestOf, toJson } from './canonical-json.ts'
import { ownedChanges } from './owned.ts'
import { bootstrapPages } from './pages/bootstrap.ts'
import { catalogPages } from './pages/catalog.ts'
import { runbookPages } from './pages/runbooks.ts'
import type { Templates } from './pages/template.ts'
import { tenancyPages } from './pages/tenancy.ts'
import { previewUnits } from './plan.ts'
import type { FileChange, TreeReader } from './tree.ts'
import type { Fault } from './verify.ts'

/** The files of an annex, by their path below its folder. */
export type Pages = ReadonlyMap<string, string>

/**
 * Writes pages of an annex from what the spec says now, in every environment; promotion has no part in them. Pure.
 *
 * @param settings of every tenant in every environment that it lives in, in the order of the pipeline
 */
type Writer = (platform: Platform, settings: readonly Settings[], templates: Templates) => Pages

/** Folders beside `environments/` that are written as a whole, each by its writers; the folder is named like the key. */
const ANNEXES: Readonly<Record<string, readonly Writer[]>> = {
  catalog: [tenancyPages, catalogPages],
  gitops: [bootstrapPages],
  runbooks: [runbookPages],
}

export const ANNEX_FOLDERS: readonly string[] = Object.keys(ANNEXES)

/** What tells which files of an annex are waybill's: prune these, touch no others. */
const RECORD = 'record.json'
/** The form of a record. It is no manifest, and must not look like one to whoever judges a folder. */
const SCHEMA_VERSION = 1

interface AnnexRecord {
  readonly generator: string
  readonly files: Readonly<Record<string, string>>
}

/** The pages of every annex, by the name of its folder; one without pages is not there. */
export function annexPages(platform: Platform, templates: Templates): ReadonlyMap<string, Pages> {
  const settings = platform.environments.flatMap(({ name }) =>
    previewUnits(platform, name)
      .filter(({ local }) => local.tenant !== undefined)
      .map(unit => settle(unit).settings),
  )
  const annexes = new Map<string, Pages>()
  for (const [name, writers] of Object.entries(ANNEXES)) {
    const pages = new Map(writers.flatMap(write => [...write(platform, settings, templates)]))
    if (pages.size > 0) annexes.set(name, pages)
  }
  return annexes
}

/**
 * What synth writes besides the units: the annexes as the spec says them now, exactly.
 *
 * @throws InputError naming files that a person changed, and a record that cannot be read
 */
export function planAnnexes(
  platform: Platform,
  generator: string,
  reader: TreeReader,
  templates: Templates,
): FileChange[] {
  const wanted = annexPages(platform, templates)
  return ANNEX_FOLDERS.flatMap(name => {
    const pages = wanted.get(name)
    const recorded = recordOf(reader, name)
    if (pages === undefined && recorded === undefined) return []
    const digests: Readonly<Record<string, string>> = { ...recorded?.files, [RECORD]: '' }
    const files = new Map(pages === undefined ? [] : [...pages, [RECORD, recordText(generator, pages)]])
    const wayOut = 'restore it with `git restore`, or give the page of your own another name'
    return ownedChanges(reader, { folder: name, record: RECORD, digests, wayOut }, files)
  })
}

/** Where the annexes are not what the spec says, and how many files they have. */
export function verifyAnnexes(
  platform: Platform,
  generator: string,
  reader: TreeReader,
  templates: Templates,
): { readonly faults: readonly Fault[]; readonly files: number } {
  const wanted = annexPages(platform, templates)
  const faults: Fault[] = []
  let files = 0
  for (const name of ANNEX_FOLDERS) {
    const recorded = recordOf(reader, name)
    const foreign = recorded !== undefined && recorded.generator !== generator
    if (foreign) {
      faults.push({ path: name, message: `was written by waybill ${recorded.generator}, this is ${generator}`, hint })
    }
    const pages = wanted.get(name)
    const paths = new Set([...(pages?.keys() ?? []), ...Object.keys(recorded?.files ?? {})])
    for (const path of [...paths].sort()) {
      const text = reader.read(`${name}/${path}`)
      if (text !== undefined) files += 1
      const message = faultOf(text, recorded?.files[path], foreign ? text : pages?.get(path))
      if (message !== undefined) faults.push({ path: `${name}/${path}`, message, hint })
    }
  }
  return { faults, files }
}

const hint = 'run `waybill synth`'

/** What is wrong with a page, given its digest in the record and its text by the spec. */
function faultOf(text: string | undefined, digest: string | undefined, wanted: string | undefined): string | undefined {
  if (text === undefined) return 'is missing'
  if (digest === undefined) return 'stands where a page of waybill has to stand'
  if (digestOf(text) !== digest) return 'was changed by hand'
  return text === wanted ? undefined : 'is not what the spec says now'
}

function recordText(generator: string, pages: Pages): string {
  const files = Object.fromEntries([...pages].map(([path, text]) => [path, digestOf(text)]))
  return toJson({ schemaVersion: SCHEMA_VERSION, generator, files })
}

function recordOf(reader: TreeReader, annex: string): AnnexRecord | undefined {
  const file = `${annex}/${RECORD}`
  const text = reader.read(file)
  if (text === undefined) return undefined
  const wayOut = 'restore the file from Git; it is written by synth alone'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw inputError(file, 'the file is not JSON, so nobody knows which files beside it may go', wayOut)
  }
  if (!isFields(value) || value.schemaVersion !== SCHEMA_VERSION || !isFields(value.files)) {
    throw inputError(file, `the file is no record of version ${SCHEMA_VERSION}`, wayOut)
  }
  return { generator: String(value.generator), files: value.files as AnnexRecord['files'] }
}
