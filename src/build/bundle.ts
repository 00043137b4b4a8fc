/**
 * Bundles the compiled program, for Node takes longer to find and link a file than to run it. It is bundled in place:
 * tests and people start the same `bin.js`. Packages of others stay outside.
 *
 * All that linting a file needs is one chunk, which every command loads whole: else each set of modules that the same
 * commands share would be a chunk of its own, and there are a hundred such sets.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { BakedModule, BakedPolicies } from '../cli/catalogue.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const dist = `${root}dist/`
const { modules } = JSON.parse(readFileSync(`${dist}policies/catalogue.json`, 'utf8')) as BakedPolicies

const CORE = ['cli/lint.js', 'cli/lint-judgement.js', 'cli/failure.js', 'report/text.js']
const importCore = CORE.map(file => `import ${JSON.stringify(`${dist}src/${file}`)};`).join('')

/** A policy that asks about any manifest or workload is asked in nearly every run, the others only where their kinds are. */
const isAskedAlways = ({ looks }: BakedModule): boolean =>
  looks === undefined || looks.some(({ of }) => of === 'sources' || of === 'workloads' || of === 'namespaces')

/** Modules without a file, by name. `policy-module.ts` finds policies as files; here a table takes its place. */
const GENERATED: Readonly<Record<string, string>> = {
  'policies:always': tableOf(modules.filter(isAskedAlways)),
  'policies:others': `${importCore}${tableOf(modules.filter(module => !isAskedAlways(module)))}`,
  'policies:module': `import { policies } from 'policies:always'
    export const policyModule = async module => policies[module] ?? (await import('policies:others')).policies[module]`,
}

function tableOf(list: readonly BakedModule[]): string {
  const imports = list.map(
    ({ module }, nth) => `import policy${nth} from ${JSON.stringify(`${dist}policies/${module}`)};`,
  )
  const entries = list.map(({ module }, nth) => `${JSON.stringify(module)}: policy${nth}`)
  return `${imports.join('')}export const policies = { ${entries.join(', ')} }`
}

const compiled = ['charts', 'policies', 'src'].flatMap(folder =>
  readdirSync(dist + folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.js'))
    .map(file => `${dist}${folder}/${file}`),
)

/** The modules that some other one imports when it comes to it: each begins a chunk. */
const lazy = new Set(
  compiled.flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, target = '']) =>
      resolve(dirname(path), target),
    ),
  ),
)

/** The code of a module; the files that it reads are told from where its chunk will be, for there it no longer lies beside them. */
function codeOf(path: string): string {
  const url = `new URL(${JSON.stringify(relative(`${dist}src/chunk`, path))}, import.meta.url).href`
  return readFileSync(path, 'utf8').replaceAll('import.meta.url', url)
}

const waybill: Plugin = {
  name: 'waybill',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/policy-module\.js$/ }, () => ({ path: 'policies:module', namespace: 'generated' }))
    onResolve({ filter: /^policies:/ }, ({ path }) => ({ path, namespace: 'generated' }))
    onLoad({ filter: /^/, namespace: 'generated' }, ({ path }) => ({
      contents: GENERATED[path] ?? '',
      resolveDir: dist,
    }))
    onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: `${lazy.has(path) ? importCore : ''}${codeOf(path)}` }))
  },
}

await build({
  absWorkingDir: root,
  entryPoints: { 'cli/bin': `${dist}src/cli/bin.js` },
  outdir: `${dist}src`,
  // A folder beside that of `bin.js`: what is told from the one is told from the other.
  chunkNames: 'chunk/[name]-[hash]',
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
  plugins: [waybill],
})
