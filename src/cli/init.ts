import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { applyChanges, diskTree } from '../files.ts'
import { count } from '../report/plural.ts'
import { inputError } from '../spec/problem.ts'
import { PLATFORM_SCHEMA, TENANT_SCHEMA } from '../spec/schema.ts'
import { toJson } from '../synth/canonical-json.ts'
import type { FileChange } from '../synth/tree.ts'
import type { Outcome, Terminal } from './command.ts'
import { version } from './version.ts'
import { packaged } from './workspace.ts'

const EXAMPLES = ['bakery', 'northwind'] as const

/** Names under which templates lie in the package, where a file of the real name would be dropped or obeyed. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore', github: '.github' }

export function define(command: Command): Command {
  return command
    .argument('[folder]', 'where the platform goes', '.')
    .addOption(new Option('-e, --example <name>', 'the example to start from').choices([...EXAMPLES]))
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Writes platform.yaml, a README, CODEOWNERS, .gitignore and workflows for GitHub Actions, ready to commit. Nothing that is
there already is overwritten; what it writes is yours, and synth never touches it.

Examples:
  waybill init                             asks which example
  waybill init --example bakery shop       six lines, one tenant
  waybill init --example northwind erp     a retailer and a distributor, dev to production`,
    )
}

export async function run(
  [folder = '.']: readonly string[],
  { example }: { readonly example?: string },
  terminal: Terminal,
): Promise<Outcome> {
  const chosen = example ?? (await ask(terminal))
  const target = resolve(folder)
  const files = new Map([
    ...templateFiles(`templates/platforms/${chosen}`),
    ...templateFiles('templates/repository'),
    ['.waybill/platform.schema.json', toJson(PLATFORM_SCHEMA)] as const,
    ['.waybill/tenant.schema.json', toJson(TENANT_SCHEMA)] as const,
  ])
  const present = [...files.keys()].filter(path => existsSync(join(target, path))).sort()
  if (present.length > 0) {
    throw inputError(
      relative(process.cwd(), target) || '.',
      `${present.join(', ')} ${present.length === 1 ? 'is' : 'are'} there already, and init overwrites nothing`,
      'name an empty folder',
    )
  }
  const changes: FileChange[] = [...files].map(([path, after]) => ({ path, before: undefined, after }))
  applyChanges(target, changes)
  const place = relative(process.cwd(), target) || '.'
  const text = [
    `${count(files.size, 'file')} of the example ${chosen} in ${place}`,
    ...[...files.keys()].sort().map(path => `  ${path}`),
    '',
    'next:',
    ...(place === '.' ? [] : [`  cd ${place}`]),
    '  waybill synth        writes the manifests',
    '  waybill lint         judges them',
    '  git init && git add -A && git commit -m "Start the platform"',
  ]
  return { code: 0, text: text.join('\n'), data: { example: chosen, folder: target, files: [...files.keys()].sort() } }
}

function templateFiles(folder: string): [string, string][] {
  const reader = diskTree(packaged(folder))
  return reader.files('.').map(path => {
    const [first = '', ...rest] = path.split('/')
    return [
      [RENAMED[first] ?? first, ...rest].join('/'),
      (reader.read(path) ?? '').replaceAll('__VERSION__', version()),
    ]
  })
}

/** @throws InputError when nobody is there to be asked */
async function ask({ interactive }: Terminal): Promise<string> {
  if (!interactive) throw inputError('init', 'no example is named', `add --example, one of ${EXAMPLES.join(', ')}`)
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  try {
    for (;;) {
      const answer = (
        await prompt.question(
          'Start from bakery (six lines, one tenant) or northwind (a retailer and a distributor)? [bakery] ',
        )
      ).trim()
      const chosen = answer === '' ? 'bakery' : EXAMPLES.find(name => name === answer)
      if (chosen !== undefined) return chosen
    }
  } finally {
    prompt.close()
  }
}
