import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { certificatesOf } from '../src/analysis/certificate.ts'
import { plainHops } from '../src/analysis/tls-hop.ts'
import { covers } from '../src/analysis/tls-section.ts'
import { formatPath } from '../src/manifest/path.ts'
import { indexed, workload } from './odoo-world.ts'

const NAMES: readonly (readonly [name: string, host: string, good: boolean])[] = [
  ['erp.acme.example', 'erp.acme.example', true],
  ['ERP.acme.example', 'erp.Acme.example', true],
  ['erp.acme.example', 'acme.example', false],
  ['*.acme.example', 'erp.acme.example', true],
  ['*.acme.example', 'acme.example', false],
  ['*.acme.example', 'eu.erp.acme.example', false],
  ['*.acme.example', '.acme.example', false],
  ['*.acme.example', '*.acme.example', true],
  ['*.example', 'erp.acme.example', false],
]

for (const [name, host, good] of NAMES) {
  test(`a certificate for "${name}" is ${good ? '' : 'not '}good for "${host}"`, () =>
    assert.is(covers(name, host), good))
}

const ODOO = `${workload()}---
apiVersion: v1
kind: Service
metadata: {name: odoo, namespace: erp}
spec: {selector: {app: odoo}, ports: [{port: 8069}]}
`
const route = (tls: string, host = 'erp.acme.example', more = '') => `---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: odoo, namespace: erp}
spec: {${tls === '' ? '' : `tls: ${tls}, `}routes: [{kind: Rule, match: "Host(\`${host}\`)", ${more}services: [{name: odoo, port: 8069}]}]}
`
const certificate = (
  names: string,
  secret = 'tls',
  namespace = 'erp',
  issuer = '{kind: ClusterIssuer, name: acme}',
) => `---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: ${secret}, namespace: ${namespace}}
spec: {secretName: ${secret}, dnsNames: [${names}], issuerRef: ${issuer}}
`

/** Each host in one line: how it is encrypted, with which certificate, and whether that is good for it. */
function hosts(yaml: string): readonly string[] {
  return certificatesOf(indexed(ODOO + yaml)).hosts.map(
    ({ host, sections, certificate: found, covered, missing, minimum }) => {
      const said = sections.map(
        ({ place, secret, resolver }) => `${formatPath(place.at)} ${secret?.name ?? resolver ?? 'nothing'}`,
      )
      const facts = [
        said.join(', ') || 'plain',
        ...(found === undefined ? [] : [`by ${found.name}`]),
        ...(covered === undefined ? [] : [covered ? 'good' : 'bad']),
        ...(missing === undefined ? [] : [`${missing.name} missing`]),
        ...(minimum === undefined ? [] : [`from ${minimum}`]),
      ]
      return `${host}: ${facts.join('; ')}`
    },
  )
}

test('a route of Traefik names a Secret, and a Certificate of its namespace fills it', () => {
  assert.equal(hosts(route('{secretName: tls}') + certificate('erp.acme.example')), [
    'erp.acme.example: spec.tls tls; by tls; good',
  ])
  assert.equal(hosts(route('{secretName: tls}') + certificate('"*.acme.example"')), [
    'erp.acme.example: spec.tls tls; by tls; good',
  ])
  assert.equal(hosts(route('{secretName: tls}') + certificate('shop.acme.example')), [
    'erp.acme.example: spec.tls tls; by tls; bad',
  ])
  assert.equal(hosts(route('{secretName: tls}') + certificate('erp.acme.example', 'tls', 'other')), [
    'erp.acme.example: spec.tls tls; tls missing',
  ])
})

test('of a Secret that somebody else fills nobody knows which hosts it is for', () => {
  const secret =
    '---\napiVersion: v1\nkind: Secret\nmetadata: {name: tls, namespace: erp}\ntype: kubernetes.io/tls\ndata: {tls.crt: "", tls.key: ""}\n'
  assert.equal(hosts(route('{secretName: tls}') + secret), ['erp.acme.example: spec.tls tls'])
})

test('without a section a host is plain; with an empty one it has the certificate of the default store', () => {
  assert.equal(hosts(route('')), ['erp.acme.example: plain'])
  assert.equal(hosts(route('{}')), ['erp.acme.example: spec.tls nothing'])
  const store =
    '---\napiVersion: traefik.io/v1alpha1\nkind: TLSStore\nmetadata: {name: default, namespace: traefik}\nspec: {defaultCertificate: {secretName: all}}\n'
  assert.equal(hosts(route('{}') + store + certificate('"*.acme.example"', 'all', 'traefik')), [
    'erp.acme.example: spec.tls all; by all; good',
  ])
})

test('a resolver orders its own certificate', () => {
  assert.equal(hosts(route('{certResolver: acme}')), ['erp.acme.example: spec.tls acme'])
})

test('the least version comes from the options that a route names, or from the default ones', () => {
  const option = (name: string, version: string) =>
    `---\napiVersion: traefik.io/v1alpha1\nkind: TLSOption\nmetadata: {name: ${name}, namespace: erp}\nspec: {minVersion: ${version}}\n`
  assert.equal(hosts(route('{options: {name: old}}') + option('old', 'VersionTLS10')), [
    'erp.acme.example: spec.tls nothing; from 1.0',
  ])
  assert.equal(hosts(route('{}') + option('default', 'VersionTLS13')), ['erp.acme.example: spec.tls nothing; from 1.3'])
  assert.equal(hosts(route('{}') + option('old', 'VersionTLS10')), ['erp.acme.example: spec.tls nothing'])
})

const ingress = (tls: string, annotations = '{}') => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: odoo, namespace: erp, annotations: ${annotations}}
spec: {tls: ${tls}, rules: [{host: erp.acme.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: odoo, port: {number: 8069}}}}]}}]}
`

test('a section of an Ingress holds for the hosts that it lists, and for all when it lists none', () => {
  assert.equal(hosts(ingress('[{hosts: [erp.acme.example], secretName: tls}]') + certificate('erp.acme.example')), [
    'erp.acme.example: spec.tls[0] tls; by tls; good',
  ])
  assert.equal(hosts(ingress('[{hosts: [shop.acme.example], secretName: tls}]') + certificate('erp.acme.example')), [
    'erp.acme.example: plain',
  ])
  assert.equal(hosts(ingress('[{secretName: tls}]') + certificate('erp.acme.example')), [
    'erp.acme.example: spec.tls[0] tls; by tls; good',
  ])
})

test('an annotated Ingress makes a certificate for the hosts of its section', () => {
  const annotated = ingress('[{hosts: [erp.acme.example], secretName: made}]', '{cert-manager.io/cluster-issuer: acme}')
  assert.equal(hosts(annotated), ['erp.acme.example: spec.tls[0] made; by made; good'])
  assert.equal(certificatesOf(indexed(ODOO + annotated)).certificates[0]?.issuer, {
    kind: 'ClusterIssuer',
    name: 'acme',
    source: undefined,
  })
})

test('a listener of a Gateway encrypts the routes that hang on it, and only by the protocol for it', () => {
  const gateway = (listener: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate, namespace: edge}
spec: {gatewayClassName: g, listeners: [${listener}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: odoo, namespace: erp}
spec: {hostnames: [erp.acme.example], parentRefs: [{name: gate, namespace: edge, sectionName: tls}], rules: [{backendRefs: [{name: odoo, port: 8069}]}]}
`
  const listener = 'name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: all}]}'
  const all = certificate('"*.acme.example"', 'all', 'edge')
  assert.equal(hosts(gateway(`{${listener}}`) + all), ['erp.acme.example: spec.listeners[0] all; by all; good'])
  assert.equal(hosts(gateway(`{${listener}, hostname: "*.example"}`) + all), [
    'erp.acme.example: spec.listeners[0] all; by all; good',
  ])
  assert.equal(hosts(gateway(`{${listener}, hostname: shop.example}`) + all), ['erp.acme.example: plain'])
  assert.equal(hosts(gateway('{name: tls, port: 80, protocol: HTTP}') + all), ['erp.acme.example: plain'])
  assert.equal(hosts(gateway(`{${listener.replace('name: tls', 'name: other')}}`) + all), ['erp.acme.example: plain'])
})

test('a certificate that no route asks for is told', () => {
  const yaml = route('{secretName: tls}') + certificate('erp.acme.example') + certificate('old.acme.example', 'old')
  assert.equal(
    certificatesOf(indexed(ODOO + yaml)).unrouted.map(({ name }) => name),
    ['old'],
  )
})

test('an issuer is looked for where its kind belongs', () => {
  const issuer = (kind: string, namespace: string) =>
    `---\napiVersion: cert-manager.io/v1\nkind: ${kind}\nmetadata: {name: acme${namespace}}\nspec: {}\n`
  const found = (yaml: string) =>
    certificatesOf(indexed(yaml)).certificates.map(({ issuer: of }) => `${of?.kind} ${of?.source !== undefined}`)
  assert.equal(found(certificate('a.example') + issuer('ClusterIssuer', '')), ['ClusterIssuer true'])
  assert.equal(found(certificate('a.example', 'tls', 'erp', '{name: acme}') + issuer('Issuer', ', namespace: erp')), [
    'Issuer true',
  ])
  assert.equal(found(certificate('a.example', 'tls', 'erp', '{name: acme}') + issuer('Issuer', ', namespace: other')), [
    'Issuer false',
  ])
})

test('redirects and the header that keeps browsers encrypted are found through chains', () => {
  const middlewares = `---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: all, namespace: erp}
spec: {chain: {middlewares: [{name: https}, {name: headers}]}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: https, namespace: erp}
spec: {redirectScheme: {scheme: https}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: headers, namespace: erp}
spec: {headers: {stsSeconds: 300}}
`
  const [plain] = certificatesOf(indexed(ODOO + route('{}'))).hosts
  assert.equal([plain?.redirects, plain?.hsts], [false, 0])
  const [found] = certificatesOf(
    indexed(ODOO + route('{}', 'erp.acme.example', 'middlewares: [{name: all}], ') + middlewares),
  ).hosts
  assert.equal([found?.redirects, found?.hsts], [true, 300])
})

test('plain connections inside are told once, with the line that makes them so, and without passwords', () => {
  const yaml = `${workload({
    container:
      'command: [odoo], args: [--db_host=db, --db_sslmode=require], env: [{name: ODOO_SESSION_REDIS_URL, value: "redis://:secret@sessions:6379"}, {name: AWS_HOST, value: "http://minio:9000"}]',
  })}---
apiVersion: v1
kind: Service
metadata: {name: odoo, namespace: erp}
spec: {selector: {app: odoo}, ports: [{port: 8069}]}
---
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: {name: store, namespace: data}
spec: {configuration: {destinationPath: "s3://b", endpointURL: "http://minio:9000"}}
${route('{}')}`
  assert.equal(
    plainHops(indexed(yaml)).map(({ kind, to, how, place }) => `${kind} ${to} by ${how} at ${formatPath(place.at)}`),
    [
      'database db by require at spec.template.spec.containers[0].args[1]',
      'sessions redis://sessions:6379 by redis at spec.template.spec.containers[0].env[0]',
      'object-store http://minio:9000 by http at spec.template.spec.containers[0].env[1]',
      'object-store http://minio:9000 by http at spec.configuration.endpointURL',
      'proxy erp/odoo by http at spec.routes[0].services[0]',
    ],
  )
})

test('what is encrypted and verified is no plain connection', () => {
  const yaml = workload({
    container:
      'command: [odoo], args: [--db_host=db, --db_sslmode=verify-full], env: [{name: ODOO_SESSION_REDIS_URL, value: "rediss://sessions"}]',
  })
  assert.equal(plainHops(indexed(yaml)), [])
})

test.run()
