/** Northwind is clean; broken on purpose, it gives exactly the finding that the fault deserves, in every format. */
import { fileURLToPath } from 'node:url'
import picocolors from 'picocolors'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { benchFor, judgeAll } from '../src/cli/judge.ts'
import { judgedOf } from '../src/cli/judged-environment.ts'
import { platformIn } from '../src/cli/workspace.ts'
import { diskTree } from '../src/files.ts'
import type { LintResult } from '../src/lint/finding.ts'
import { FORMATS, REPORTERS } from '../src/report/reporter.ts'
import { previewUnits } from '../src/synth/plan.ts'
import { render } from '../src/synth/render.ts'

const reader = diskTree(fileURLToPath(new URL('../../templates/platforms/northwind', import.meta.url)))
const platform = platformIn(reader)
const production = platform.environments.find(({ name }) => name === 'production')
assert.ok(production)
const bench = await benchFor(reader, platform, Date.UTC(2027, 2, 9) / 1000)

const clean = new Map<string, string>()
for (const unit of previewUnits(platform, production.name)) {
  for (const [path, text] of render(unit, 'test', platform.locate)) clean.set(`${unit.name}/${path}`, text)
}

function judge(files: ReadonlyMap<string, string>): LintResult {
  assert.ok(production)
  return judgeAll([judgedOf(platform, production, files)], bench, false)
}

function edited(path: string, change: (text: string) => string): Map<string, string> {
  const before = clean.get(path)
  assert.ok(before, `${path} is generated`)
  const after = change(before)
  assert.is.not(after, before, `the fault changes ${path}`)
  return new Map(clean).set(path, after)
}

function without(path: string): Map<string, string> {
  const files = new Map(clean)
  assert.ok(files.delete(path), `${path} is generated`)
  return files
}

/** The line, counted from 1, on which a text stands. */
function lineOf(files: ReadonlyMap<string, string>, path: string, text: string): number {
  const lines = files.get(path)?.split('\n') ?? []
  const index = lines.findIndex(line => line.includes(text))
  assert.ok(index >= 0, `${text} in ${path}`)
  return index + 1
}

const ACME = 'acme-retail/acme-retail-production-app'
const BALTIC = 'baltic-dist/baltic-dist-production-app'

const MIGRATION = [...clean.keys()].find(path => path.startsWith(`${ACME}/job.odoo-migrate-`)) ?? ''

interface Fault {
  readonly what: string
  readonly files: Map<string, string>
  /** Policy, file and the text of the line on which each finding stands. */
  readonly expected: readonly (readonly [policy: string, file: string, line: string])[]
}

const FAULTS: readonly Fault[] = [
  {
    what: 'a removed memory limit',
    files: edited(`${ACME}/deployment.odoo-websocket.yaml`, text =>
      text.replace(/( {8}resources:\n) {10}limits:\n {12}memory: .*\n/, '$1'),
    ),
    expected: [['memory-limits', `${ACME}/deployment.odoo-websocket.yaml`, '        resources:']],
  },
  {
    what: 'a route whose certificate is gone',
    files: without(`${BALTIC}/certificate.odoo-tls.yaml`),
    expected: [
      ['host-certificate', `${BALTIC}/ingressroute.odoo-websocket.yaml`, 'secretName:'],
      ['host-certificate', `${BALTIC}/ingressroute.odoo.yaml`, 'secretName:'],
    ],
  },
  {
    what: 'routes without their TLS secret',
    files: new Map(
      [...clean].map(([path, text]) => [
        path,
        path.startsWith(`${BALTIC}/ingressroute.`) ? text.replace(/ {4}secretName: .*\n/, '') : text,
      ]),
    ),
    expected: [
      ['host-certificate', `${BALTIC}/ingressroute.odoo-websocket.yaml`, '  tls:'],
      ['host-certificate', `${BALTIC}/ingressroute.odoo.yaml`, '  tls:'],
    ],
  },
  {
    what: 'a removed default-deny policy',
    files: without(`${ACME}/networkpolicy.default-deny.yaml`),
    expected: [['default-deny', 'acme-retail/_cluster/namespace.acme-retail-production-app.yaml', '  name: acme']],
  },
  {
    what: 'a removed disruption budget',
    files: without(`${BALTIC}/poddisruptionbudget.odoo-websocket.yaml`),
    expected: [['disruption-budget', `${BALTIC}/deployment.odoo-websocket.yaml`, '  name: odoo-websocket']],
  },
  {
    what: 'an image pinned by tag, which is then not the one that migrates',
    files: edited(`${ACME}/deployment.odoo-cron.yaml`, text =>
      text.replace(/( {6}- name: odoo\n[\s\S]*? {8}image: registry\.example\/acme\/odoo)@sha256:[0-9a-f]+/, '$1:18.0'),
    ),
    expected: [
      ['digest', `${ACME}/deployment.odoo-cron.yaml`, 'image: registry.example/acme/odoo:18.0'],
      ['migration-image', MIGRATION, 'image: registry.example/acme/odoo@sha256'],
    ],
  },
  {
    what: 'a single replica on gold',
    files: edited(`${BALTIC}/deployment.odoo-websocket.yaml`, text => text.replace('replicas: 2', 'replicas: 1')),
    expected: [['replicas', `${BALTIC}/deployment.odoo-websocket.yaml`, 'replicas: 1']],
  },
]

test('northwind as it is generated gives no finding, and nothing was left unjudged', () => {
  const { findings, notEvaluated, manifests } = judge(clean)
  assert.equal(
    findings.map(({ policy, file, message }) => `${file} ${policy}: ${message}`),
    [],
  )
  assert.equal(notEvaluated, [])
  assert.ok(manifests > 100)
})

for (const { what, files, expected } of FAULTS) {
  test(`${what} is exactly what is found, on its line, in every format`, async () => {
    const result = judge(files)
    assert.equal(
      result.findings.map(({ policy, file, range }) => `${file}:${range.start.line} ${policy}`),
      expected.map(([policy, file, line]) => `${file}:${lineOf(files, file, line)} ${policy}`),
    )
    const context = {
      version: '0.0.0',
      textOf: (file: string) => files.get(file),
      policies: bench.policies,
      failOn: 'error' as const,
      colors: picocolors.createColors(false),
    }
    for (const format of FORMATS) {
      const report = (await REPORTERS[format]())(result, context)
      for (const [policy, file, line] of expected) {
        assert.match(report, policy, `${format} names the policy`)
        assert.match(report, file, `${format} names the file`)
        assert.match(report, new RegExp(`\\b${lineOf(files, file, line)}\\b`), `${format} names the line`)
      }
    }
  })
}

test('a finding on a generated manifest leads to the line of the spec that decided it', () => {
  const [fault] = FAULTS
  assert.ok(fault)
  const [finding] = judge(fault.files).findings
  assert.is(finding?.origin?.file, 'tenants/acme-retail.yaml')
  assert.ok((finding?.origin?.line ?? 0) > 1)
  assert.match(finding?.origin?.key ?? '', /^tenants\.acme-retail/)
})

test.run()
