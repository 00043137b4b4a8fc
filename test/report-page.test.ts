import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { environmentReach } from '../src/analysis/environment-reach.ts'
import * as release from '../src/cli/release.ts'
import * as report from '../src/cli/report.ts'
import * as synth from '../src/cli/synth.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { html, raw } from '../src/report/html.ts'
import { page } from '../src/report/html-page.ts'
import { left, right, tableMarkup } from '../src/report/html-table.ts'
import { picturesOf } from '../src/report/picture.ts'
import { pictureSection } from '../src/report/picture-section.ts'
import { InputError } from '../src/spec/problem.ts'
import { DIGEST } from './platform-fixture.ts'
import { PIPELINE, type Repository, repository } from './repository-fixture.ts'

const test = suite<{ repo: Repository }>('waybill report')

const APP = 'environments/dev/shop/shop-dev-app'

test.before.each(async context => {
  context.repo = repository({
    'platform.yaml': PIPELINE.replace('    calendar: retail\n', ''),
    'waivers.yaml': `apiVersion: waybill.dev/v1alpha1
kind: Waivers
waivers:
  - policy: literal-secret
    target: {kind: Secret, name: old}
    reason: rotated with <the next> release
    owner: maria
    expires: 2027-03-20
  - policy: image-tag
    target: {kind: Deployment}
    reason: the vendor signs no images
    owner: tomas
    expires: 2027-03-01
`,
  })
  await context.repo.run(synth, [], {})
})
test.after.each(({ repo }) => repo.dispose())

test('the page of all environments stands in one file whose name is told, and of one environment in another', async ({
  repo,
}) => {
  const all = await repo.run(report, [])
  assert.is(all.code, 0)
  assert.match(all.text, /^report of dev, staging, production in report\.html, \d+ KiB$/)
  const one = await repo.run(report, [], { env: 'dev' })
  assert.match(one.text, /^report of dev in report\.dev\.html, \d+ KiB$/)
  const named = await repo.run(report, [], { env: 'dev', out: 'dev.html' })
  assert.match(named.text, / in dev\.html, /)
  assert.is(repo.read('dev.html'), repo.read('report.dev.html'))
  assert.ok(repo.read('report.html').length > repo.read('report.dev.html').length)
  assert.match(repo.read('report.dev.html'), /<title>bakery dev<\/title>|<title>.* dev<\/title>/)
})

test('the same tree at the same time gives the same bytes, and the day is that of the question', async ({ repo }) => {
  await repo.run(report, [], { out: 'a.html' })
  await repo.run(report, [], { out: 'b.html' })
  assert.is(repo.read('a.html'), repo.read('b.html'))
  assert.match(repo.read('a.html'), /as of 2027-03-09/)
})

test('a page that cannot be written is one clear error, and the one that stood there is left whole', async ({
  repo,
}) => {
  writeFileSync(join(repo.root, 'old'), 'whole')
  for (const [out, told] of [
    ['nowhere/page.html', 'the folder of the file does not exist'],
    ['old/page.html', 'the folder of the file does not exist'],
    ['environments', 'a folder stands where the file would be written'],
  ] as const) {
    try {
      await repo.run(report, [], { out })
      assert.unreachable(out)
    } catch (error) {
      assert.ok(error instanceof InputError, String(error))
      assert.match(error.message, told)
    }
  }
  assert.is(repo.read('old'), 'whole')
  assert.equal(
    readdirSync(repo.root).filter(name => name.endsWith('.new')),
    [],
  )
})

test('where nothing has been promoted the page says so, and shows what would stand there', async ({ repo }) => {
  const { data } = await repo.run(report, [], { env: 'production' })
  assert.equal(
    (data.environments as readonly { readonly preview: boolean }[]).map(({ preview }) => preview),
    [true],
  )
  const text = repo.read('report.production.html')
  assert.match(text, /Nothing has been promoted into production yet\./)
  assert.match(text, /Cluster\/database/)
})

test('no secret is left to read in a code frame, and what people write stays text', async ({ repo }) => {
  repo.write(
    `${APP}/secret.leak.yaml`,
    `apiVersion: v1
kind: Secret
metadata: {name: leak, namespace: shop-dev-app}
stringData: {password: correct-horse-battery}
`,
  )
  repo.write(
    `${APP}/networkpolicy.odd.yaml`,
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: "<script>alert('a&b')</script>", namespace: shop-dev-app}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}
`,
  )
  await repo.run(report, [], { env: 'dev' })
  const text = repo.read('report.dev.html')
  assert.match(text, /holds &quot;password&quot; in plain text/)
  assert.not.match(text, /correct-horse/)
  assert.match(text, /&lt;script&gt;alert\(&#39;a&amp;b&#39;\)&lt;\/script&gt;/)
  assert.is(text.match(/<script/g)?.length, 1, 'the only script is our own')
  assert.match(text, /rotated with &lt;the next&gt; release/)
})

test('a promise that is not kept is told with the scenario, and with the field to change', async ({ repo }) => {
  const path = `${APP}/deployment.odoo-web.yaml`
  repo.edit(path, text => text.replace(/^ {2}strategy:\n(?: {4}.*\n)+/m, '  strategy:\n    type: Recreate\n'))
  repo.edit(path, text => text.replace('waybill.dev/tier: bronze', 'waybill.dev/tier: gold'))
  repo.edit(path, text => text.replaceAll('waybill.dev/tier: bronze', 'waybill.dev/tier: gold'))
  const { data } = await repo.run(report, [], { env: 'dev' })
  const [dev] = data.environments as readonly { readonly brokenPromises: number }[]
  assert.ok((dev?.brokenPromises ?? 0) > 0)
  const text = repo.read('report.dev.html')
  assert.match(text, /data-label="during a rollout"><span class="bad">0 of 1<\/span>/)
  assert.match(text, /Promises that are not kept/)
  assert.is(
    /data-label="what to change">([^<]*)/.exec(text)?.[1],
    'strategy Recreate ends every pod of &quot;Deployment/shop-dev-app/odoo-web&quot; before it starts a new one',
  )
  assert.match(text, /deployment\.odoo-web\.yaml:\d+<\/td>/)
})

test('each unit shows its revision by environment, what waits for it, and what is on hold', async ({ repo }) => {
  const recorded = repo.read('environments/dev/shop/unit.json')
  const [, first = ''] = /"revision": "sha256:([0-9a-f]{64})"/.exec(recorded) ?? []
  repo.write(
    'environments/staging/shop/unit.json',
    recorded.replace('"environment": "dev"', '"environment": "staging"'),
  )
  await repo.run(
    release,
    ['shop', `registry.example/shop/odoo@sha256:${DIGEST.replaceAll('a', 'b').split('').reverse().join('')}`],
    {},
  )
  const [, second = ''] = /"revision": "sha256:([0-9a-f]{64})"/.exec(repo.read('environments/dev/shop/unit.json')) ?? []
  assert.is.not(first, second)
  const row = async () => {
    await repo.run(report, [])
    const [found = ''] = /<th role="rowheader" scope="row">shop<\/th>.*/.exec(repo.read('report.html')) ?? []
    return found.replace(/<\/t[hd]>/g, '|').replace(/<[^>]*>/g, '')
  }
  const [old, fresh] = [first.slice(0, 12), second.slice(0, 12)]
  assert.is(await row(), `shop|${fresh}|${old}; ${fresh} waits|nothing yet; ${old} waits|`)
  repo.write(
    'holds.yaml',
    `apiVersion: waybill.dev/v1alpha1
kind: Holds
holds:
  - {environment: staging, unit: shop, revision: "sha256:${second}", reason: tills lose the basket, by: maria}
`,
  )
  assert.is(await row(), `shop|${fresh}|${old}; ${fresh} is on hold|nothing yet; ${old} waits|`)
})

test('waivers stand with their reason, owner and days left, those that expired first', async ({ repo }) => {
  const { data } = await repo.run(report, [], { env: 'dev' })
  assert.equal(data.waivers, { standing: 1, expired: 1, soon: 1 })
  const text = repo.read('report.dev.html')
  const expired = text.indexOf('2027-03-01, expired')
  assert.ok(expired > 0)
  assert.ok(expired < text.indexOf('2027-03-20, 11 days left'))
  assert.match(text, /<span class="value bad">1 expired<\/span>/)
})

test('of many tenants the pictures are folded, and of very many the rest is counted', () => {
  const tenants = (number: number) =>
    Array.from(
      { length: number },
      (_, nth) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop-${nth}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, waybill.dev/tenant: shop-${String(nth).padStart(2, '0')}, waybill.dev/zone: app}}
    spec: {containers: [{name: c, image: i}]}
`,
    ).join('---\n')
  const section = (number: number) => {
    const index = indexOf(parseManifests('a.yaml', tenants(number)).sources, { profile: 'standard' })
    return html`${pictureSection('p', environmentReach(index), new Map())}`.markup
  }
  assert.not.match(section(6), /class="tenant"/)
  const seven = section(7)
  assert.is(seven.match(/<details class="tenant"/g)?.length, 7)
  assert.is(seven.match(/<details class="tenant" open><summary>shop-00</g)?.length, 1)
  assert.not.match(section(40), /more;/)
  const many = section(41)
  assert.match(many, /1 tenant more; "waybill reach" tells/)
  assert.is(many.match(/<svg class="picture/g)?.length, 40)
  assert.is(new Set(many.match(/ id="[^"]*"/g)).size, many.match(/ id="[^"]*"/g)?.length, 'every id is there once')
})

test('pods of another tenant are drawn as trespassers, unless the two share servers', () => {
  const pods = (tenant: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${tenant}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: ${tenant}, waybill.dev/tenant: ${tenant}}}
    spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: ${tenant}}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 1}]}]}
`
  const yaml = ['acme', 'platform', 'zenith'].map(pods).join('---\n')
  const { reach, entries } = environmentReach(indexOf(parseManifests('a.yaml', yaml).sources, { profile: 'standard' }))
  const kinds = (...lodgers: readonly string[]) =>
    picturesOf(reach, entries, new Map([['platform', lodgers.map(tenant => ({ tenant, zone: 'app' }))]])).map(
      ({ title, nodes }) => {
        const told = nodes.filter(({ members, kind }) => members.length > 0 && kind !== 'stranger')
        return [title, ...told.map(node => `${node.kind} ${node.title}`).sort()].join(', ')
      },
    )
  assert.equal(kinds('acme'), [
    'acme, own web, shared platform: web, trespasser zenith: web',
    'platform, own web, shared acme: web, trespasser zenith: web',
    'zenith, own web, trespasser acme: web, trespasser platform: web',
  ])
  assert.equal(kinds()[0], 'acme, own web, trespasser platform: web, trespasser zenith: web')
})

test('a table tells how many rows it leaves out, and what stands there when it has none', () => {
  const table = { caption: 'Things', columns: [left('name'), right('number')], empty: 'There is nothing.' }
  assert.match(tableMarkup({ ...table, rows: [] }).markup, /<p class="empty">There is nothing\.<\/p>/)
  const rows = Array.from({ length: 401 }, (_, nth) => [`thing-${nth}`, { text: '0', tone: 'quiet' as const }])
  const { markup } = tableMarkup({ ...table, rows })
  assert.match(markup, /thing-399</)
  assert.not.match(markup, /thing-400</)
  assert.match(markup, /and 1 more/)
  assert.not.match(tableMarkup({ ...table, rows: rows.slice(1) }).markup, /and \d+ more/)
})

test('only one environment leaves nothing to choose', () => {
  const part = (name: string) => ({ name, summary: '', facts: [], sections: [] })
  const of = (...names: readonly string[]) =>
    page({ title: 'p', summary: '', parts: names.map(part), chosen: 'b', common: [], footer: '' })
  assert.not.match(of('b'), /type="radio"/)
  assert.is(of('a', 'b', 'c').match(/type="radio"/g)?.length, 3)
  assert.match(of('a', 'b', 'c'), /value="1" checked/)
})

test('text put into markup stays text wherever it is put, and control characters do not reach the page', () => {
  assert.is(
    html`<a title="${`"'<>&`}">${['<b>', html`<i>${'&'}</i>`]}</a>`.markup,
    '<a title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;<i>&amp;</i></a>',
  )
  assert.is(html`${undefined}${0}${raw('<hr>')}`.markup, '0<hr>')
  const { markup } = html`${'\u001b[31m\u0000\u202e'}`
  for (const character of ['\u001b', '\u0000', '\u202e']) assert.not.ok(markup.includes(character), markup)
})

test.run()
