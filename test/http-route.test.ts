import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { waysInto } from '../src/analysis/http-route.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'

const HOSTS = ['a.example', 'b.example', 'deep.a.example', 'else.example']

const atom = fc.constantFrom(
  ...HOSTS.map(host => `Host(\`${host}\`)`),
  'Host(`A.Example`)',
  'HostRegexp(`^.*\\.example$`)',
  'PathPrefix(`/web`)',
  'Method(`GET`)',
)
const { match } = fc.letrec<{ match: string }>(tie => ({
  match: fc.oneof(
    { maxDepth: 3 },
    atom,
    tie('match').map(one => `!(${one})`),
    fc.tuple(tie('match'), tie('match')).map(([left, right]) => `(${left} && ${right})`),
    fc.tuple(tie('match'), tie('match')).map(([left, right]) => `(${left} || ${right})`),
  ),
}))
const traefik = match.map(
  text =>
    `apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: r, namespace: shop}\nspec:\n  routes:\n  - {kind: Rule, match: ${JSON.stringify(text)}, services: [{name: s, port: 80}]}\n`,
)
const name = fc.constantFrom('', ...HOSTS, '*.a.example', 'B.Example')
const ingress = name.map(
  host =>
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec:\n  rules:\n  - ${host === '' ? '' : `host: "${host}"\n    `}http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}\n`,
)
const gateway = fc
  .uniqueArray(name, { maxLength: 2 })
  .map(
    hosts =>
      `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: h, namespace: shop}\nspec:\n  parentRefs: [{name: g}]\n  hostnames: ${JSON.stringify(hosts.filter(host => host !== ''))}\n  rules: [{backendRefs: [{name: s, port: 80}]}]\n`,
  )

test('the routes of a host are all those that may answer it, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(traefik, ingress, gateway), { maxLength: 6 }), texts => {
      const { sources, problems } = parseManifests('routes.yaml', texts.join('---\n'))
      assert.equal(problems, [])
      const { http, httpOf } = waysInto(indexOf(sources, { profile: 'strict' }))
      for (const host of HOSTS) {
        const found = httpOf(host)
        assert.equal(
          found.map(route => http.indexOf(route)),
          found.map(route => http.indexOf(route)).sort((a, b) => a - b),
        )
        const missed = http.filter(
          route => !found.includes(route) && ['/', '/web'].some(path => route.answers({ host, path }) !== 'no'),
        )
        assert.equal(missed, [])
      }
    }),
  )
})

test('routes that name another host are not among them', () => {
  const routes = HOSTS.map(
    (host, nth) =>
      `apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: r${nth}, namespace: shop}\nspec:\n  routes:\n  - {kind: Rule, match: "Host(\`${host}\`) && PathPrefix(\`/\`)", services: [{name: s, port: 80}]}\n`,
  )
  const { sources } = parseManifests('routes.yaml', routes.join('---\n'))
  const { httpOf } = waysInto(indexOf(sources, { profile: 'strict' }))
  assert.equal(
    httpOf('b.example').map(({ source }) => source.manifest.metadata.name),
    ['r1'],
  )
})

test.run()
