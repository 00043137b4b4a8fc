import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { parseDocument } from 'yaml'
import { applyChanges } from '../files.ts'
import { differences } from '../promote/difference.ts'
import { group } from '../promote/group.ts'
import type { Operation } from '../promote/operation.ts'
import { manifestsOf } from '../promote/plan.ts'
import { diffText } from '../report/diff-text.ts'
import { count } from '../report/plural.ts'
import { PLATFORM_FILE, type Tenant } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { planAnnexes } from '../synth/annex.ts'
import { planSynth, type UnitPlan } from '../synth/plan.ts'
import type { TreeReader } from '../synth/tree.ts'
import type { Outcome } from './command.ts'
import { generator, openWorkspace, pageTemplates, platformIn, requireTenant } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .argument('<tenant>', 'whose release it is')
    .argument('<image>', 'the image with its digest: registry.example/acme/odoo@sha256:…')
    .option('-m, --modules <file>', 'the modules in it, a YAML list of names or {name, version}')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
What a pipeline does after it has built an image: edits the tenant's file (comments stay), writes the manifests of the
tenant's first environment, and prints what changes. Promotion carries it on.

Example:
  waybill release acme-retail registry.example/acme/odoo@sha256:4f5c…`,
    )
}

export async function run(
  [name = '', image = '']: readonly string[],
  { modules }: { readonly modules?: string },
): Promise<Outcome> {
  const { root, reader, platform } = openWorkspace()
  const tenant = requireTenant(platform, name)
  const before = reader.read(tenant.file) ?? ''
  const after = edited(before, tenant, image, modules)
  const overlay: TreeReader = { ...reader, read: path => (path === tenant.file ? after : reader.read(path)) }
  const edition = platformIn(overlay)
  const plans = planSynth({ platform: edition, generator: generator(), reader: overlay, tenant: name })
  const changes = [
    ...plans.flatMap(plan => plan.changes),
    ...planAnnexes(edition, generator(), overlay, pageTemplates()),
  ]
  applyChanges(root, before === after ? changes : [{ path: tenant.file, before, after }, ...changes])
  const operations = new Map(plans.map(plan => [`${plan.unit}/${plan.environment}`, operationsOf(plan)]))
  const files = [...(before === after ? [] : [tenant.file]), ...changes.map(({ path }) => path)]
  return {
    code: 0,
    text:
      before === after && changes.length === 0
        ? `${name} already has that release\n`
        : `${diffText(group(operations))}\n${writtenLine(files, tenant.file)}`,
    data: { tenant: name, image, files, operations: Object.fromEntries(operations) },
  }
}

function writtenLine(files: readonly string[], spec: string): string {
  const generated = files.filter(file => file !== spec)
  const folders = [...new Set(generated.map(file => file.split('/').slice(0, 3).join('/')))]
  return [...files.filter(file => file === spec), `${count(generated.length, 'file')} of ${folders.join(', ')}`]
    .map(line => `written: ${line}`)
    .join('\n')
}

/** The tenant's file with the new release; nothing else in it moves. */
function edited(text: string, tenant: Tenant, image: string, modules: string | undefined): string {
  const parsed = parseDocument(text)
  const at = tenant.file === PLATFORM_FILE ? ['tenants', tenant.name, 'release'] : ['release']
  if (parsed.getIn([...at, 'image']) !== image) parsed.setIn([...at, 'image'], image)
  if (modules !== undefined) parsed.setIn([...at, 'modules'], parsed.createNode(moduleList(modules)))
  const same = parsed.toString({ lineWidth: 0, flowCollectionPadding: false })
  return same === parseDocument(text).toString({ lineWidth: 0, flowCollectionPadding: false }) ? text : same
}

function moduleList(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw inputError(file, `the file of modules cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  const list: unknown = parseDocument(text).toJS()
  if (!Array.isArray(list))
    throw inputError(file, 'the file holds no list of modules', 'write one module a line: "- stock"')
  return list
}

function operationsOf({ environment, unit, changes }: UnitPlan): readonly Operation[] {
  const folder = `environments/${environment}/${unit}/`
  const side = (pick: 'before' | 'after') =>
    manifestsOf(
      new Map(
        changes
          .filter(change => change[pick] !== undefined)
          .map(change => [change.path.slice(folder.length), change[pick] ?? '']),
      ),
    )
  return differences(side('before'), side('after'))
}
