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

/** Every route that answers over TLS. */
function secureRoutes(unit: Unit): Route[] {
  return ofKind(unit.written, 'IngressRoute')
    .filter(({ name }) => name !== 'odoo-redirect')
    .flatMap(({ name }) => routesOf(unit, name))
}

interface Request {
  readonly host: string
  readonly path: string
  readonly ip: string
}

function isWithin(cidr: string, ip: string): boolean {
  const number = (address: string) => address.split('.').reduce((total, part) => total * 256 + Number(part), 0)
  const [base = '', bits = '32'] = cidr.split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(base) / size) === Math.floor(number(ip) / size)
}

/** Whether a rule holds: the forms used here, in parentheses, with "and" and "or". */
function holds(rule: string, { host, path, ip }: Request): boolean {
  const verdicts = rule.replace(/(\w+)\(`([^`]*)`\)/g, (_, name: string, value: string) => {
    if (name === 'Host') return String(value === host)
    if (name === 'PathPrefix') return String(path.startsWith(value))
    if (name === 'PathRegexp') return String(new RegExp(value).test(path))
    if (name === 'ClientIP') return String(isWithin(value, ip))
    throw new Error(`no rule ${name}`)
  })
  assert.match(verdicts, /^[truefals&|() ]+$/)
  let text = verdicts.replaceAll(' ', '')
  for (let before = ''; before !== text; ) {
    before = text
    text = text
      .replace(/\((true|false)\)/g, '$1')
      .replace(/(true|false)&&(true|false)/, (_, left: string, right: string) =>
        String(left === 'true' && right === 'true'),
      )
      .replace(/(?<!&)(true|false)\|\|(true|false)(?!&)/, (_, left: string, right: string) =>
        String(left === 'true' || right === 'true'),
      )
  }
  return text === 'true'
}

const ANYWHERE = '192.0.2.200'

/** The route that Traefik takes: of those that match, the one of the highest priority. */
function taken(unit: Unit, host: string, path: string, ip = ANYWHERE): Route | undefined {
  const matching = secureRoutes(unit).filter(({ match }) => holds(match, { host, path, ip }))
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

test('a population takes its own road, with limits that fit how its addresses are shared', () => {
  const acme = unitOf(SHOPS, 'acme', 'production')
  const store = '203.0.113.200'
  const warehouse = '192.0.2.70'
  const road = (population: string) => ['encoded-characters', `${population}-at-once`, 'body', 'security', 'compress']
  const expected: [string, string, readonly string[]][] = [
    [store, '/odoo/sales', road('stores')],
    [warehouse, '/odoo/sales', road('warehouse')],
    [store, '/web/login', ['encoded-characters', 'stores-logins', 'stores-at-once', 'body', 'security']],
    [store, '/web/database', ['encoded-characters', 'closed']],
    [store, '/websocket', ['security']],
    [store, '/jsonrpc', ['encoded-characters', 'api-callers', 'api-rate', 'body', 'security']],
    // The list of the tills' addresses turns everybody else away from their pages.
    [ANYWHERE, '/pos/ui', ['encoded-characters', 'stores-callers', 'stores-at-once', 'body', 'security', 'compress']],
    [warehouse, '/pos/ui', ['encoded-characters', 'stores-callers', 'stores-at-once', 'body', 'security', 'compress']],
    [store, '/pos/ui', ['encoded-characters', 'stores-callers', 'stores-at-once', 'body', 'security', 'compress']],
    [ANYWHERE, '/odoo/sales', ['encoded-characters', 'body', 'security', 'compress']],
  ]
  for (const [ip, path, middlewares] of expected) {
    assert.equal(taken(acme, 'erp.acme.example', path, ip)?.middlewares, middlewares, `${ip} ${path}`)
  }
  const spec = (name: string) => at(the(acme.written, 'Middleware', name), 'spec')
  assert.equal(spec('stores-at-once'), {
    inFlightReq: { amount: 20, sourceCriterion: { requestHeaderName: 'Cookie' } },
  })
  assert.equal(spec('stores-logins'), {
    rateLimit: { average: 30, period: '1m', burst: 30, sourceCriterion: { requestHeaderName: 'Cookie' } },
  })
  assert.equal(spec('stores-callers'), { ipAllowList: { sourceRange: ['203.0.113.128/25'] } })
  assert.equal(spec('warehouse-at-once'), { inFlightReq: { amount: 20 } })
  assert.equal(spec('warehouse-logins'), { rateLimit: { average: 30, period: '1m', burst: 30 } })
})

test('machines that ask much have pods of their own, and each key its share of them', () => {
  const zenith = unitOf(SHOPS, 'zenith', 'production')
  assert.equal(taken(zenith, 'erp.zenith.example', '/json/2/res.partner/read'), {
    match: '(Host(`erp.zenith.example`)) && (PathPrefix(`/json/2/`))',
    priority: 810,
    middlewares: ['encoded-characters', 'api-rate', 'api-quota', 'body', 'security'],
    service: 'odoo-api:8069',
  })
  assert.is(taken(zenith, 'erp.zenith.example', '/xmlrpc/2/object')?.service, 'odoo-api:8069')
  assert.is(taken(zenith, 'erp.zenith.example', '/odoo')?.service, 'odoo-web:8069')
  assert.equal(at(the(zenith.written, 'Middleware', 'api-quota'), 'spec'), {
    rateLimit: { average: 5, period: '1s', burst: 10, sourceCriterion: { requestHeaderName: 'Authorization' } },
  })
  const quota = (odoo: string) =>
    unitOf(
      BAKERY.replace('"18.0"', odoo).replace(
        'users: 25',
        'populations: {machines: {rps: 1, seconds: 1}}, api: {quota: 3}',
      ),
      'bakery',
      'production',
    )
  assert.is(quota('"19.0"').settings.api.perKey, 3)
  assert.equal(
    quota('"18.0"').contradictions.map(({ message }) => message),
    ['api.quota goes by the key in a header, and Odoo 18.0 takes keys in the body'],
  )
})

test('behind more proxies every limit goes by the address that the first of them saw', () => {
  const yaml = BAKERY.replace('tenants:', 'ingress: {depth: 1}\ntenants:')
  const { written } = unitOf(yaml, 'bakery', 'production')
  for (const name of ['login-rate', 'api-rate']) {
    const limit = at(the(written, 'Middleware', name), 'spec', 'rateLimit', 'sourceCriterion')
    assert.equal(limit, { ipStrategy: { depth: 1 } }, name)
  }
  const behind = SHOPS.replace('metadata: {name: shops}', 'metadata: {name: shops}\ningress: {depth: 2}')
  const acme = unitOf(behind, 'acme', 'production')
  assert.equal(at(the(acme.written, 'Middleware', 'api-callers'), 'spec', 'ipAllowList', 'ipStrategy'), { depth: 2 })
  assert.equal(
    acme.contradictions.map(({ message }) => message),
    ['the population "stores" is told by its addresses, and behind 2 more proxies Traefik matches those of the proxy'],
  )
})

test('a firewall looks into pages and calls, and never into a live connection', () => {
  const yaml = SHOPS.replace(
    'metadata: {name: shops}',
    'metadata: {name: shops}\ningress: {waf: {plugin: coraza, configuration: {directives: ["SecRuleEngine On"]}}}',
  )
  const acme = unitOf(yaml, 'acme', 'production')
  assert.equal(at(the(acme.written, 'Middleware', 'waf'), 'spec'), {
    plugin: { coraza: { directives: ['SecRuleEngine On'] } },
  })
  for (const { middlewares, service } of secureRoutes(acme)) {
    const expected = service === 'odoo-web:8069' && !middlewares.includes('closed')
    assert.is(middlewares.includes('waf'), expected, `${service} ${middlewares}`)
  }
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
    const used = new Set([...secureRoutes(unit), ...routesOf(unit, 'odoo-redirect')].flatMap(each => each.middlewares))
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
