import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { differences } from '../src/promote/difference.ts'
import { type Group, group } from '../src/promote/group.ts'
import type { Operation } from '../src/promote/operation.ts'
import { diffMarkdown } from '../src/report/diff-markdown.ts'
import { diffText } from '../src/report/diff-text.ts'

interface Size {
  readonly image?: string
  readonly replicas?: number
  readonly host?: string
  readonly storage?: string
}

/** A tenant in an environment, with its names wherever a generator would put them. */
function unit(name: string, { image = '1', replicas = 2, host = 'erp', storage = '9Gi' }: Size = {}): Manifest[] {
  const [tenant = '', environment = ''] = name.split('/')
  const namespace = `${tenant}-${environment}-app`
  const workload = (role: string): Manifest => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${tenant}-${role}`, namespace, labels: { 'waybill.dev/role': role } },
    spec: {
      replicas: role === 'web' ? replicas : 1,
      template: { spec: { containers: [{ name: 'odoo', image: `r/odoo@sha256:${image.repeat(64)}` }] } },
    },
  })
  return [
    workload('web'),
    workload('cron'),
    {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'IngressRoute',
      metadata: { name: tenant, namespace },
      spec: { routes: [{ match: `Host(\`${host}.${tenant}.example\`)`, services: [{ name: 'web', port: 1 }] }] },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: `${tenant.replaceAll('-', '_')}_files`, namespace },
      spec: { resources: { requests: { storage } } },
    },
  ]
}

function operationsOf(changes: Readonly<Record<string, Size>>): Map<string, Operation[]> {
  return new Map(Object.entries(changes).map(([name, size]) => [name, differences(unit(name), unit(name, size))]))
}

function brief({ operation, subjects, units }: Group): string {
  return `${operation.risk.class} ${subjects.join('+')}: ${operation.what} ${operation.from} → ${operation.to} in ${units.join(' ')}`
}

const TENANTS = Array.from({ length: 200 }, (_, index) => `shop-${String(index).padStart(3, '0')}`)

function everywhere(size: Size): Map<string, Operation[]> {
  return operationsOf(Object.fromEntries(TENANTS.map(tenant => [`${tenant}/production`, size])))
}

test('the same change in several tenants is told once, for all workloads that it happens to', () => {
  const groups = group(operationsOf({ 'b/production': { image: '2' }, 'a/production': { image: '2' } }))
  assert.equal(groups.map(brief), [
    'medium cron+web: image r/odoo@111111111111 → r/odoo@222222222222 in a/production b/production',
  ])
  assert.equal(
    groups[0]?.objects.map(({ namespace, name }) => `${namespace}/${name}`),
    ['{tenant}-production-app/{tenant}-cron', '{tenant}-production-app/{tenant}-web'],
  )
})

test('names of tenant and environment do not keep the same change apart, in hosts and with underscores too', () => {
  const changes = { host: 'odoo', storage: '8Gi' }
  const groups = group(operationsOf({ 'acme-retail/staging': changes, 'baltic/production': changes }))
  assert.equal(groups.map(brief), [
    'destructive volume {tenant}_files: storage size 9Gi → 8Gi in acme-retail/staging baltic/production',
    'high route {tenant}: host erp.{tenant}.example → odoo.{tenant}.example in acme-retail/staging baltic/production',
  ])
  assert.is(groups[0]?.objects[0]?.namespace, '{tenant}-{environment}-app')
})

test('a change of one unit keeps its names', () => {
  const [only] = group(operationsOf({ 'acme/production': { host: 'odoo' } }))
  assert.is(only?.operation.from, 'erp.acme.example')
  assert.is(only?.operation.object.name, 'acme')
})

test('a name is replaced only as a whole word, and words of ours never are', () => {
  const groups = group(operationsOf({ 'image/production': { image: '2' }, 'odoo/production': { image: '2' } }))
  assert.equal(groups.map(brief), [
    'medium cron+web: image r/odoo@111111111111 → r/odoo@222222222222 in image/production',
    'medium cron+web: image r/odoo@111111111111 → r/odoo@222222222222 in odoo/production',
  ])
  const hosts = group(operationsOf({ 'acme/production': { host: 'acmes' }, 'b/production': { host: 'acmes' } }))
  assert.equal(hosts.map(brief), [
    'high route {tenant}: host erp.{tenant}.example → acmes.{tenant}.example in acme/production b/production',
  ])
})

test('what differs in more than names stays apart', () => {
  const groups = group(
    operationsOf({ 'a/production': { replicas: 3 }, 'b/production': { replicas: 4 }, 'c/production': { replicas: 3 } }),
  )
  assert.equal(groups.map(brief), [
    'low web: replicas 2 → 3 in a/production c/production',
    'low web: replicas 2 → 4 in b/production',
  ])
})

test('the riskiest come first, then what concerns most units', () => {
  const groups = group(
    operationsOf({
      'a/production': { image: '2', replicas: 1 },
      'b/production': { replicas: 1 },
      'c/production': { storage: '8Gi', replicas: 3 },
    }),
  )
  assert.equal(
    groups.map(({ operation, units }) => `${operation.risk.class} ${operation.what} ${units.length}`),
    ['destructive storage size 1', 'medium replicas 2', 'medium image 1', 'low replicas 1'],
  )
})

test('the order of the units means nothing, and every operation is in exactly one group', () => {
  const size = fc.record({
    image: fc.constantFrom('1', '2', '3'),
    replicas: fc.nat(3),
    host: fc.constantFrom('erp', 'odoo'),
    storage: fc.constantFrom('8Gi', '9Gi', '10Gi'),
  })
  const names = fc.constantFrom('a/staging', 'a/production', 'b/production', 'acme-x/production', 'acme/production')
  fc.assert(
    fc.property(fc.dictionary(names, size), changes => {
      const perUnit = operationsOf(changes)
      const groups = group(perUnit)
      assert.equal(group(new Map([...perUnit].reverse())), groups)
      const told = groups.reduce((sum, { objects, units }) => sum + objects.length * units.length, 0)
      const given = [...perUnit.values()].reduce((sum, operations) => sum + operations.length, 0)
      assert.is(told, given)
    }),
  )
})

test('two hundred tenants with the same changes are told in a few lines', () => {
  const groups = group(everywhere({ image: '2', host: 'odoo', replicas: 3 }))
  assert.is(
    diffText(groups),
    [
      'high',
      '  ~ route {tenant}: host erp.{tenant}.example → odoo.{tenant}.example [in all 200 tenants] – the old address is no longer served',
      '',
      'medium',
      '  ~ cron, web: image r/odoo@111111111111 → r/odoo@222222222222 [in all 200 tenants] – other software runs',
      '',
      'low',
      '  ~ web: replicas 2 → 3 [in all 200 tenants] – more pods run',
      '',
    ].join('\n'),
  )
})

test('a change of some tenants names the first of them and counts the rest', () => {
  const perUnit = everywhere({ image: '2' })
  for (const tenant of TENANTS.slice(0, 150)) perUnit.set(`${tenant}/production`, differences([], []))
  const others = differences(unit('z/production'), unit('z/production', { storage: '8Gi' }))
  const text = diffText(group(perUnit.set('z/production', others)))
  assert.match(
    text,
    '[in 50 tenants: shop-150, shop-151, shop-152, shop-153, shop-154, shop-155, shop-156, shop-157 and 42 more]',
  )
  assert.match(text, '[in z] – a smaller volume means a new one')
  assert.match(text, 'apply fails here: a volume claim is never smaller than its volume')
})

test('units of several environments go by their full name', () => {
  const groups = group(
    operationsOf({
      'a/staging': { image: '2' },
      'a/production': { image: '2' },
      'b/staging': {},
      'c/staging': { replicas: 3 },
    }),
  )
  assert.match(diffText(groups), '[in 2 units: a/production, a/staging]')
})

test('no difference is said as such', () => {
  assert.is(diffText(group(new Map([['a/production', []]]))), 'no differences\n')
  assert.is(diffMarkdown([], 100), 'No differences.\n')
})

test('what comes, goes or is renamed names the object', () => {
  const config = (name: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { a: '1', b: '2' },
  })
  const text = diffText(group(new Map([['a/production', differences([config('old')], [config('new')])]])))
  assert.match(text, '- config old: delete ConfigMap/old (a, b), renamed to ConfigMap/new – ')
  assert.match(text, '+ config new: create ConfigMap/new (a, b), renamed from ConfigMap/old – ')
})

test('long values and texts of several lines are cut to one line', () => {
  const file = (lines: string[]): Manifest => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    data: { 'a.yaml': lines.join('\n') },
  })
  const text = diffText(group(new Map([['a', differences([file(['x'])], [file(['a'.repeat(300), 'b', 'c'])])]])))
  assert.match(text, `${'a'.repeat(119)}… (and 2 more lines)`)
  assert.is(text.trimEnd().split('\n').length, 2)
})

test('more changes than wanted are counted by class', () => {
  const groups = group(operationsOf({ 'a/p': { image: '2', replicas: 3, host: 'x', storage: '8Gi' } }))
  const text = diffText(groups, 1)
  assert.match(text, /^destructive\n/)
  assert.match(text, '\nand 3 more changes: 1 high, 1 medium, 1 low\n')
})

test('markdown is bounded, keeps the riskiest and counts what it leaves out', () => {
  const sizes = TENANTS.map(
    (tenant, index) => [`${tenant}/production`, { replicas: 10 + index, storage: '8Gi' }] as const,
  )
  const groups = group(operationsOf(Object.fromEntries(sizes)))
  assert.is(groups.length, 201)
  for (let limit = 400; limit < 6000; limit += 7) {
    const text = diffMarkdown(groups, limit)
    assert.ok(text.length <= limit, `${text.length} of ${limit}`)
    assert.match(text, /^\*\*Destructive\*\*\n\n- `volume /)
    assert.match(text, /\nAnd \d+ more changes: \d+ low\.\n$/)
  }
  assert.not.match(diffMarkdown(groups, 1_000_000), 'more change')
})

test('nothing from a manifest can become markup, a link or a mention', () => {
  const wild = '@team #1 <b> [x](http://e) `` ` | \n## heading'
  const thing = (value: string, key: string): Manifest => ({
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: wild },
    spec: { [key]: value, list: [{ name: wild, value }] },
  })
  const operations = [...differences([thing('1', wild)], [thing(wild, wild)]), ...differences([thing('1', 'k')], [])]
  const text = diffMarkdown(
    group(
      new Map([
        ['a/production', operations],
        ['b/production', []],
      ]),
    ),
    10_000,
  )
  const outside = text.replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
  assert.not.match(outside, /[@#<[\]|`]|http/)
  assert.is(text.split('\n').filter(line => line.startsWith('- ')).length, operations.length)
})

test.run()
