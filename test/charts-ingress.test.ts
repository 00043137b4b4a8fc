import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, isFields, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, everyUnit, ofKind, SHOPS, the, type Unit, unitOf } from './charts-unit.ts'

interface Route {
  readonly match: string
  readonly priority: number
  readonly middlewares: readonly string[]
  readonly service: string
}

function routesOf({ written }: Unit, name: string): Route[] {
  return listOf(at(the(written, 'IngressRoute', name), 'spec', 'routes')).map(route => ({
    match: String(at(route, 'match')),
    priority: Number(at(route, 'priority')),
    middlewares: listOf(at(route, 'middlewares')).map(each => String(at(each, 'name'))),
    service: `${String(at(route, 'services', 0, 'name'))}:${String(at(route, 'services', 0, 'port'))}`,
  }))
}

/** The route that Traefik takes: of those that match, the one of the highest priority. Rules are of the forms used here. */
function taken(unit: Unit, host: string, path: string): Route | undefined {
  const term = (text: string): boolean => {
    const [, name, value = ''] = /^(\w+)\(`(.*)`\)$/.exec(text) ?? []
    if (name === 'Host') return value === host
    if (name === 'PathPrefix') return path.startsWith(value)
    if (name === 'PathRegexp') return new RegExp(value).test(path)
    throw new Error(`no rule ${text}`)
  }
  const any = (text: string) => text.split(' || ').some(term)
  const matching = [...routesOf(unit, 'odoo'), ...routesOf(unit, 'odoo-websocket')].filter(({ match }) => {
    const [, hosts, paths] = /^\((.*)\) && \((.*)\)$/.exec(match) ?? [undefined, match, undefined]
    return any(String(hosts)) && (paths === undefined || any(paths))
  })
  return matching.sort((left, right) => right.priority - left.priority)[0]
}

test('each request takes the route that is made for it, under every host of the tenant', () => {
  const acme = unitOf(SHOPS, 'acme', 'production')
  const expected: [string, string, readonly string[]][] = [
    ['/', 'odoo-web:8069', ['encoded-characters', 'body', 'security', 'compress']],
    ['/odoo/sales', 'odoo-web:8069', ['encoded-characters', 'body', 'security', 'compress']],
    ['/websocket', 'odoo-websocket:8072', ['security']],
    ['/web/database/manager', 'odoo-web:8069', ['encoded-characters', 'closed']],
    ['/queue_job/runjob', 'odoo-web:8069', ['encoded-characters', 'closed']],
    ['/metrics', 'odoo-web:8069', ['encoded-characters', 'closed']],
    ['/web/tests', 'odoo-web:8069', ['encoded-characters', 'closed']],
    ['/xmlrpc/2/object', 'odoo-web:8069', ['encoded-characters', 'api-callers', 'api-rate', 'body', 'security']],
    ['/jsonrpc', 'odoo-web:8069', ['encoded-characters', 'api-callers', 'api-rate', 'body', 'security']],
    [
      '/json/2/res.partner/read',
      'odoo-web:8069',
      ['encoded-characters', 'api-callers', 'api-rate', 'body', 'security'],
    ],
    ['/web/login', 'odoo-web:8069', ['encoded-characters', 'login-rate', 'body', 'security']],
    ['/fr/web/login', 'odoo-web:8069', ['encoded-characters', 'login-rate', 'body', 'security']],
    ['/pt_BR/web/reset_password', 'odoo-web:8069', ['encoded-characters', 'login-rate', 'body', 'security']],
  ]
  for (const host of ['erp.acme.example', 'shop.acme.example']) {
    for (const [path, service, middlewares] of expected) {
      const route = taken(acme, host, path)
      assert.is(route?.service, service, path)
      assert.equal(route?.middlewares, middlewares, path)
    }
  }
  assert.is(taken(acme, 'erp.zenith.example', '/'), undefined)
})

test('where nobody says who calls the API, everybody may, at a rate', () => {
  const { written, settings } = unitOf(BAKERY, 'bakery', 'production')
  const route = taken(unitOf(BAKERY, 'bakery', 'production'), 'erp.bakery.example', '/jsonrpc')
  assert.equal(route?.middlewares, ['encoded-characters', 'api-rate', 'body', 'security'])
  assert.equal(settings.api.from, [])
  assert.equal(at(the(written, 'Middleware', 'api-rate'), 'spec'), {
    rateLimit: { average: 10, period: '1s', burst: 20 },
  })
  assert.equal(at(the(written, 'Middleware', 'login-rate'), 'spec'), {
    rateLimit: { average: 30, period: '1m', burst: 30 },
  })
})

test('only the addresses of declared machines call the API, where there are such', () => {
  const { written } = unitOf(SHOPS, 'acme', 'production')
  assert.equal(at(the(written, 'Middleware', 'api-callers'), 'spec'), {
    ipAllowList: { sourceRange: ['198.51.100.0/24'] },
  })
})

test('a request without TLS is sent to where there is TLS, a certificate challenge excepted', () => {
  for (const [, unit] of everyUnit()) {
    const redirect = the(unit.written, 'IngressRoute', 'odoo-redirect')
    assert.equal(at(redirect, 'spec', 'entryPoints'), ['web'])
    assert.is(at(redirect, 'spec', 'tls'), undefined)
    const [route, ...others] = routesOf(unit, 'odoo-redirect')
    assert.equal(others, [])
    assert.is(route?.priority, 1)
    assert.equal(route?.middlewares, ['https'])
    assert.is(route?.match, unit.settings.hosts.map(host => `Host(\`${host}\`)`).join(' || '))
    assert.equal(at(the(unit.written, 'Middleware', 'https'), 'spec'), {
      redirectScheme: { scheme: 'https', permanent: true },
    })
  }
})

test('the certificate covers every host, and Traefik speaks nothing older than TLS 1.2 with it', () => {
  for (const [, { written, settings }] of everyUnit()) {
    const spec = fieldsOf(at(the(written, 'Certificate', 'odoo-tls'), 'spec'))
    assert.equal(spec.dnsNames, settings.hosts)
    assert.equal(at(spec, 'issuerRef'), {
      group: 'cert-manager.io',
      kind: 'ClusterIssuer',
      name: settings.place.issuer,
    })
    assert.is(at(spec, 'privateKey', 'rotationPolicy'), 'Always')
    assert.is(spec.renewBefore, '720h')
    const route = fieldsOf(at(the(written, 'IngressRoute', 'odoo'), 'spec'))
    assert.equal(route.entryPoints, ['websecure'])
    assert.is(route.ingressClassName, settings.place.ingressClass)
    assert.equal(route.tls, { secretName: 'odoo-tls', options: { name: 'odoo' } })
    assert.equal(at(the(written, 'TLSOption', 'odoo'), 'spec'), { minVersion: 'VersionTLS12', sniStrict: true })
  }
})

test('every middleware is used, and says exactly one thing', () => {
  for (const [place, unit] of everyUnit()) {
    const used = new Set(
      [...routesOf(unit, 'odoo'), ...routesOf(unit, 'odoo-websocket'), ...routesOf(unit, 'odoo-redirect')].flatMap(
        each => each.middlewares,
      ),
    )
    for (const { name, manifest } of ofKind(unit.written, 'Middleware')) {
      assert.ok(used.has(name), `${place}: ${name}`)
      assert.is(Object.values(fieldsOf(manifest.spec)).filter(isFields).length, 1)
    }
    const headers = fieldsOf(at(the(unit.written, 'Middleware', 'security'), 'spec', 'headers'))
    assert.ok(Number(headers.stsSeconds) >= 31_536_000)
    assert.is(headers.contentTypeNosniff, true)
    assert.is(headers.customFrameOptionsValue, 'SAMEORIGIN')
  }
})

test.run()
