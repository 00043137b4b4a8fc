/**
 * `npm run bench`: what takes time, as ratios against a peer in the same run, so that the machine does not matter.
 * The bars stand beside each ratio; nothing here fails a build. `npm run bench start lint` measures these two; `change` takes minutes.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s'
import { environmentReach } from '../../src/analysis/environment-reach.ts'
import { benchFor, judgeAll } from '../../src/cli/judge.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { indexOf } from '../../src/manifest/manifest-index.ts'
import { parseManifests } from '../../src/manifest/parse.ts'
import { readPlatform } from '../../src/spec/read.ts'
import { unitsOf } from '../../src/spec/unit.ts'
import { toYaml } from '../../src/synth/canonical-yaml.ts'
import { manifestPath } from '../../src/synth/layout.ts'
import { render } from '../../src/synth/render.ts'
import { walk } from '../../src/synth/walk.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const bin = join(root, 'dist/src/cli/bin.js')
const jsYaml = createRequire(import.meta.url)('js-yaml') as { loadAll(text: string): unknown[] }

/** Seconds that the fastest of some runs takes. */
function fastest(runs: number, act: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    act()
    least = Math.min(least, (performance.now() - started) / 1000)
  }
  return least
}

function report(what: string, ours: number, peer: string, theirs: number, bar: string): void {
  const ratio = ours <= theirs ? `${(theirs / ours).toFixed(1)} × faster` : `${(ours / theirs).toFixed(2)} ×`
  console.log(
    `${what.padEnd(44)} ${ours.toFixed(3).padStart(8)} s   ${peer.padEnd(26)} ${theirs.toFixed(3).padStart(8)} s   ${ratio.padEnd(15)} ${bar}`,
  )
}

function command(...args: readonly string[]): () => void {
  return () => {
    const done = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (done.status === null || done.status > 1) throw new Error(`${args.join(' ')}: ${done.stderr}`)
  }
}

function startUp(): void {
  const bare = fastest(7, command('-e', '0'))
  report('waybill --version', fastest(7, command(bin, '--version')), 'node -e 0', bare, 'bar: ≤ 1.6 ×')
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  const file = join(folder, 'deployment.yaml')
  writeFileSync(file, toYaml(deployment('shop', 'web')))
  report('waybill lint one-file.yaml', fastest(7, command(bin, 'lint', file)), 'node -e 0', bare, 'bar: ≤ 3 ×')
  rmSync(folder, { recursive: true })
}

/** Ten objects in each of a thousand charts, as constructs; both sides write one file for each object. */
function constructs(charts: number, each: number): App {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'waybill-bench-')),
    yamlOutputType: YamlOutputType.FILE_PER_RESOURCE,
  })
  for (let index = 0; index < charts; index++) {
    const chart = new Chart(app, `chart-${index}`)
    for (let object = 0; object < each; object++)
      new ApiObject(chart, `object-${object}`, deployment(`ns-${index}`, `web-${object}`))
  }
  return app
}

function synthesis(): void {
  const app = constructs(1_000, 10)
  const folders: string[] = []
  const ours = fastest(2, () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
    folders.push(folder)
    for (const { manifest } of walk(app)) {
      const path = join(folder, manifestPath(manifest))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, toYaml(manifest))
    }
  })
  report(
    'synth, 10 000 objects in 1 000 charts',
    ours,
    'App.synth',
    fastest(1, () => app.synth()),
    'bar: ≥ 8 × faster',
  )
  for (const folder of [...folders, app.outdir]) rmSync(folder, { recursive: true, force: true })
}

function platform(tenants: number) {
  const bodies = Array.from({ length: tenants }, (_, index) => {
    const release = `release: {odoo: "18.0", image: "registry.example/t/odoo@sha256:${'ab'.repeat(32)}", modules: [stock]}`
    return `  t${index}: {${release}, environments: {production: {host: t${index}.example, users: 30}}}`
  })
  return readPlatform(
    new Map([['platform.yaml', `apiVersion: waybill.dev/v1alpha1\nkind: Platform\ntenants:\n${bodies.join('\n')}\n`]]),
    () => undefined,
  )
}

async function linting(): Promise<void> {
  const described = platform(200)
  const [production] = described.environments
  if (production === undefined) throw new Error('the platform has no environment')
  const units = unitsOf(described, production)
  const files = new Map<string, string>()
  const rendering = fastest(1, () => {
    for (const unit of units) {
      for (const [path, text] of render(unit, 'bench', described.locate)) {
        if (path !== 'unit.json') files.set(`${unit.name}/${path}`, text)
      }
    }
  })
  const bytes = [...files.values()].reduce((total, text) => total + text.length, 0)
  const size = `${(bytes / 1e6).toFixed(0)} MB, ${files.size} files`
  console.log(
    `rendering ${units.length} units: ${rendering.toFixed(2)} s, ${((1000 * rendering) / units.length).toFixed(1)} ms each`,
  )
  const bench = await benchFor(undefined, undefined, 0)
  const group = {
    facts: { profile: 'strict' as const, name: 'production' },
    overrides: {},
    reach: undefined,
    files,
  }
  const parse = fastest(2, () => {
    for (const text of files.values()) jsYaml.loadAll(text)
  })
  report(
    `lint, ${size}, ${bench.policies.length} policies`,
    fastest(2, () => void judgeAll([group], bench, false)),
    'js-yaml parses them',
    parse,
    'bar: ≤ 2.5 ×',
  )
  lintedTwice(files, size)
}

/** The command itself: all of it, once anew and then with what it remembers. */
function lintedTwice(files: ReadonlyMap<string, string>, size: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const lint = (...options: readonly string[]) => command(bin, '-C', folder, 'lint', '.', ...options)
  const anew = fastest(1, lint())
  report(`waybill lint again, ${size}`, fastest(3, lint()), 'for the first time', anew, 'bar: ≥ 5 × faster')
  rmSync(folder, { recursive: true })
}

/** What one changed tenant of a thousand costs, in three environments that were written and linted before. */
function changing(): void {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  const environments = ['dev', 'staging', 'production']
  const write = (users: number) => {
    const image = `registry.example/t/odoo@sha256:${'ab'.repeat(32)}`
    const tenants = Array.from({ length: 1_000 }, (_, nth) => {
      const homes = environments.map(
        name => `${name}: {host: t${nth}.${name}.example, users: ${nth === 0 ? users : 5}}`,
      )
      return `  t${nth}: {release: {odoo: "18.0", image: "${image}", modules: [stock]}, environments: {${homes.join(', ')}}}`
    })
    const head = ['apiVersion: waybill.dev/v1alpha1', 'kind: Platform']
    const named = environments.map(name => `  ${name}: {}`)
    writeFileSync(
      join(folder, 'platform.yaml'),
      `${[...head, 'environments:', ...named, 'tenants:', ...tenants].join('\n')}\n`,
    )
  }
  const waybill = (...args: readonly string[]) => fastest(1, command(bin, '-C', folder, ...args))
  write(5)
  waybill('synth')
  for (const name of environments.slice(1)) {
    // As if all had been promoted.
    waybill('synth', '--env', name, '--out', `environments/${name}`)
    rmSync(join(folder, 'environments', name, 'preview.json'))
  }
  const whole = waybill('lint')
  write(9)
  const rendered = waybill('synth')
  const linted = waybill('lint')
  console.log(
    `one tenant of 1 000 changed in 3 environments: synth ${rendered.toFixed(1)} s, lint ${linted.toFixed(1)} s`,
  )
  report('one tenant of 1 000 changed, 3 environments', rendered + linted, 'lint of all', whole, 'bar: ≤ 2 s')
  rmSync(folder, { recursive: true })
}

/** Who reaches whom, all of it, at half of the design size, at it, and at twice of it. */
function reaching(): void {
  const seconds = [1_000, 2_000, 4_000].map(workloads => {
    const sources = segmented(workloads)
    let edges = 0
    const least = fastest(4, () => {
      edges = [...environmentReach(indexOf(sources, { profile: 'strict' })).reach.edges()].length
    })
    console.log(`reach of ${workloads} workloads: ${edges} edges`)
    return least
  })
  const [half = 0, design = 0, twice = 0] = seconds
  report('reach, 2 000 workloads and 4 000 policies', design, '1 000 and 2 000', half, 'bar: ≤ 2 s, ≤ 2.5 ×')
  report('reach, 4 000 workloads and 8 000 policies', twice, '2 000 and 4 000', design, 'bar: ≤ 2.5 ×')
}

const IN_A_NAMESPACE = 20

/**
 * Namespaces in which each workload lets in the one before it and the metrics of its team, by a named port, and goes out to the one
 * after it, to its team, and to addresses of its namespace's own: no two workloads are governed alike. A team has ten namespaces,
 * so that twice as many workloads have twice as many edges, not four times.
 */
function segmented(workloads: number): readonly Source[] {
  const manifests = Array.from({ length: workloads / IN_A_NAMESPACE }, (_, nth) => {
    const namespace = `ns-${nth}`
    const team = `team-${Math.floor(nth / 10)}`
    const policy = (name: string, spec: object) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace },
      spec,
    })
    const pods = (name: string) => ({ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } })
    return [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { team } } },
      ...Array.from({ length: IN_A_NAMESPACE }, (_, place) => [
        deployment(namespace, `app-${place}`),
        policy(`in-${place}`, {
          ...pods(`app-${place}`),
          policyTypes: ['Ingress'],
          ingress: [
            { from: [pods(`app-${place - 1}`)], ports: [{ port: 'http' }] },
            { from: [{ namespaceSelector: { matchLabels: { team } }, ...pods('app-0') }], ports: [{ port: 9090 }] },
          ],
        }),
        policy(`out-${place}`, {
          ...pods(`app-${place}`),
          policyTypes: ['Egress'],
          egress: [
            { to: [pods(`app-${place + 1}`)] },
            { to: [{ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: [team] }] } }] },
            { to: [{ ipBlock: { cidr: `203.0.${nth % 256}.0/24` } }], ports: [{ port: 443 + place }] },
          ],
        }),
      ]).flat(),
    ]
  })
  return parseManifests('bench.yaml', manifests.flat().map(toYaml).join('---\n')).sources
}

function deployment(namespace: string, name: string) {
  const labels = { 'app.kubernetes.io/name': name }
  const container = {
    name: 'web',
    image: `registry.example/web@sha256:${'ab'.repeat(32)}`,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  }
}

const PARTS = { start: startUp, synth: synthesis, lint: linting, reach: reaching, change: changing }
const wanted = process.argv.slice(2)
for (const [name, measure] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure()
}
