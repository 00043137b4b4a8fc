import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ZoneFacts } from '../src/analysis/zone-assertions.ts'
import * as lint from '../src/cli/lint.ts'
import { judgeReach, type Statement } from '../src/lint/reach-assertions.ts'
import { formatPath } from '../src/manifest/path.ts'
import { BAKERY, platformOf, problemsOf } from './platform-fixture.ts'
import { world } from './reach-world.ts'
import { repository } from './repository-fixture.ts'

/** Two tenants with an application and a database each, as waybill labels them, everything denied but what is named. */
const tenant = (name: string, port = 5432) => `---
apiVersion: v1
kind: Namespace
metadata: {name: ${name}-app, labels: {waybill.dev/tenant: ${name}, waybill.dev/zone: app}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ${name}-data, labels: {waybill.dev/tenant: ${name}, waybill.dev/zone: data}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${name}-app}
spec: {template: {metadata: {labels: {waybill.dev/role: web}}, spec: {containers: []}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: ${name}-data}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: []}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: ${name}-app}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{namespaceSelector: {matchLabels: {waybill.dev/zone: data}}}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: ${name}-data}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{namespaceSelector: {matchLabels: {waybill.dev/tenant: ${name}, waybill.dev/zone: app}}}]
    ports: [{port: ${port}}]
  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: cnpg-system}}}]
    ports: [{port: 8000}]
`
const TENANTS = tenant('acme') + tenant('zenith')
const policy = (name: string, namespace: string, spec: string) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
`
const PRODUCTION: ZoneFacts = { production: true, servants: ['cnpg-system'], guests: new Map() }

function findings(yaml: string, statements: readonly Statement[] = [], zones: ZoneFacts | 'unknown' = PRODUCTION) {
  const stated = { statements, ...(zones === 'unknown' ? {} : { zones }) }
  return [...judgeReach(world(yaml), stated)].map(verdict => {
    if (!('violation' in verdict)) throw new Error('it judges')
    const { at, message, evidence = [] } = verdict.violation
    return { on: verdict.source.manifest.metadata.name, at: formatPath(at), message, evidence }
  })
}

const SHOPS = `${BAKERY}${['acme', 'zenith']
  .map(name => BAKERY.split('tenants:\n')[1]?.replaceAll('bakery', name) ?? '')
  .join('')}`

/** The statements of an environment of a platform that says these lines under "reach". */
function stated(...lines: readonly string[]): readonly Statement[] {
  const text = `${SHOPS}reach:\n${lines.map(line => `- ${line}\n`).join('')}`
  return platformOf(text).environments[0]?.reach ?? []
}

test('tenants whose zones are kept apart break nothing', () => {
  assert.equal(findings(TENANTS), [])
})

test('a rule that lets the whole cluster into a data zone is found, though no pod of a stranger is in the manifests', () => {
  const stray = policy('stray', 'acme-data', '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}')
  const found = findings(tenant('acme') + stray)
  assert.equal(
    found.map(({ on, at, message }) => [on, at, message]),
    [
      [
        'stray',
        'spec.ingress[0].from[0]',
        '"Pod/*/*" reaches "StatefulSet/acme-data/db" on all ports, which "the data zone of acme is for its own" keeps to others',
      ],
    ],
  )
})

test('a namespace that nobody knows is no servant, and one that serves every tenant is', () => {
  const letIn = (name: string) =>
    policy(
      'more',
      'acme-data',
      `{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}]}]}`,
    )
  assert.equal(
    findings(TENANTS + letIn('reports')).map(({ message }) => message),
    [
      '"Pod/reports/*" reaches "StatefulSet/acme-data/db" on all ports, which "the data zone of acme is for its own" keeps to others',
    ],
  )
  assert.equal(findings(TENANTS + letIn('cnpg-system')), [])
})

test('servers that tenants share are reached by those who share them, and by no other tenant', () => {
  const doors = ['acme', 'zenith'].map(name =>
    policy(
      `for-${name}`,
      'platform-data',
      `{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {waybill.dev/tenant: ${name}, waybill.dev/zone: app}}}]}]}`,
    ),
  )
  const going = policy('going', 'zenith-app', '{podSelector: {}, egress: [{to: [{namespaceSelector: {}}]}]}')
  const yaml = TENANTS + tenant('platform') + doors.join('') + going
  const lodging = (...lodgers: readonly string[]): ZoneFacts => ({
    ...PRODUCTION,
    guests: new Map([['platform', lodgers.map(lodger => ({ tenant: lodger, zone: 'app' }))]]),
  })
  const broken = (...lodgers: readonly string[]) =>
    findings(yaml, [], lodging(...lodgers)).map(({ message }) => message)
  assert.equal(broken('acme', 'zenith'), [])
  assert.equal(broken('acme'), [
    '"Deployment/zenith-app/web" reaches "StatefulSet/platform-data/db" on all ports, which "the data zone of platform is for its own" keeps to others',
    '"Deployment/zenith-app/web" reaches "StatefulSet/platform-data/db" on all ports, which "no other tenant reaches platform" denies',
  ])
})

test('whom a statement allows into a data zone is welcome there', () => {
  const reports = policy(
    'more',
    'acme-data',
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: reports}}}]}]}',
  )
  const allowed = stated('{allow: {namespace: reports}, to: {workload: StatefulSet/acme-data/db}}')
  assert.equal(findings(TENANTS + reports, allowed), [])
})

test('whom the spec lets read the data of one tenant is welcome there, and at no other one', () => {
  const letIn = (name: string) =>
    policy(
      'readers',
      `${name}-data`,
      '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: reports}}}]}]}',
    )
  const zones: ZoneFacts = { ...PRODUCTION, guests: new Map([['acme', [{ namespace: 'reports' }]]]) }
  assert.equal(findings(TENANTS + letIn('acme'), [], zones), [])
  assert.equal(
    findings(TENANTS + letIn('zenith'), [], zones).map(({ on, message }) => [on, message]),
    [
      [
        'readers',
        '"Pod/reports/*" reaches "StatefulSet/zenith-data/db" on all ports, which "the data zone of zenith is for its own" keeps to others',
      ],
    ],
  )
})

test('tenants of production do not reach each other; elsewhere they may, outside their data zones', () => {
  const open = policy('open', 'acme-app', '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}')
  const going = policy('going', 'zenith-app', '{podSelector: {}, egress: [{to: [{namespaceSelector: {}}]}]}')
  const broken = findings(TENANTS + open + going)
  assert.equal(
    broken.map(({ on, message }) => [on, message]),
    [
      [
        'open',
        '"Deployment/zenith-app/web" reaches "Deployment/acme-app/web" on all ports, which "no other tenant reaches acme" denies',
      ],
    ],
  )
  assert.equal(
    broken[0]?.evidence.map(({ message }) => message),
    ['"NetworkPolicy/zenith-app/going" opens all ports to "Deployment/acme-app/web"'],
  )
  assert.equal(findings(TENANTS + open + going, [], { ...PRODUCTION, production: false }), [])
})

test('the metadata address stays closed to the application, also where nothing isolates it', () => {
  const wide = policy('wide', 'acme-app', '{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}')
  assert.equal(
    findings(tenant('acme') + wide).map(({ on, at, message }) => [on, at, message]),
    [
      [
        'wide',
        'spec.egress[0].to[0]',
        '"Deployment/acme-app/web" reaches "169.254.169.254/32" on all ports, which "the application reaches no metadata address" denies',
      ],
    ],
  )
  const bare = `${tenant('acme').replace('policyTypes: [Ingress, Egress], egress:', 'policyTypes: [Ingress], egress:')}`
  assert.equal(
    findings(bare).map(({ on, at }) => [on, at]),
    [['web', '']],
  )
})

test('a statement that is broken shows where it stands, and an allowed flow the line that closes it', () => {
  const [broken, ...others] = findings(
    TENANTS,
    stated('{allow: {role: web}, to: {tenant: acme, zone: data}, ports: [6379]}'),
  )
  assert.is(broken?.on, 'db')
  assert.is(
    broken?.message,
    '"Deployment/acme-app/web" does not reach "StatefulSet/acme-data/db" on TCP 6379, which "allow role web to tenant acme zone data" needs',
  )
  assert.equal(broken?.evidence.at(-1), {
    file: 'platform.yaml',
    range: broken?.evidence.at(-1)?.range,
    message: '"allow role web to tenant acme zone data" is stated here',
  })
  assert.is(broken?.evidence.at(-1)?.range.start.line, 14)
  assert.is(others.length, 1, 'the other tenant is closed out as well')
})

test('a statement about nobody proves nothing and is told, but not of a tenant that does not stand there', () => {
  const about = (party: string) => findings(TENANTS, stated(`{deny: outside, to: ${party}}`))
  assert.equal(
    about('{role: kasse}').map(({ on, message }) => [on, message]),
    [
      [
        'deny outside to role kasse',
        '"deny outside to role kasse" speaks of nobody: no endpoint matches its "to", so it proves nothing',
      ],
    ],
  )
  assert.equal(about('{tenant: bakery}'), [])
  assert.equal(
    findings('apiVersion: v1\nkind: Namespace\nmetadata: {name: empty}\n', stated('{deny: outside, to: {zone: data}}')),
    [],
  )
})

test('where nothing is stated of YAML that makes no environment, nothing is said', () => {
  assert.equal(findings(tenant('acme').replaceAll('from: [', 'from: [{namespaceSelector: {}}, '), [], 'unknown'), [])
})

test('ports are TCP unless they say otherwise', () => {
  const ask = (ports: string) =>
    findings(TENANTS, stated(`{deny: {tenant: acme, role: web}, to: {tenant: acme, zone: data}, ports: ${ports}}`))
      .length
  assert.is(ask('[5432]'), 1)
  assert.is(ask('["5000-6000"]'), 1)
  assert.is(ask('["5432/UDP"]'), 0)
  assert.is(ask('[1, "5433-65535"]'), 0)
})

test('statements are read from the platform, from the environment and from reach.yaml, each for its environments', () => {
  const files = {
    'reach.yaml': `apiVersion: waybill.dev/v1alpha1
kind: Reach
reach:
- {deny: outside, to: {zone: data}, environments: [production]}
`,
  }
  const two = `${BAKERY.replace(
    'tenants:',
    `environments:
  dev: {reach: [{only: {zone: app}, to: {zone: data}}]}
  production: {}
reach:
- {deny: {outside: 10.0.0.0/8}, to: {tenant: bakery}}
tenants:`,
  )}`
  const places = platformOf(two, files).environments.map(({ name, reach }) => [
    name,
    ...reach.map(({ file, range }) => `${file}:${range.start.line}`),
  ])
  assert.equal(places, [
    ['dev', 'platform.yaml:7', 'platform.yaml:4'],
    ['production', 'platform.yaml:7', 'reach.yaml:4'],
  ])
  assert.is(platformOf(two, files).shared.reach, undefined, 'it governs, and is no part of what is promoted')
})

const WRONG: readonly (readonly [line: string, told: RegExp])[] = [
  ['{allow: {tenant: bakry}, to: outside}', /there is no tenant "bakry"/],
  ['{deny: outside, to: [{zone: data}, {tenant: backery}]}', /there is no tenant "backery"/],
  ['{deny: outside, to: {zone: data}, environments: [prod]}', /there is no environment "prod"/],
  ['{deny: outside, only: outside, to: {zone: data}}', /neither of the forms/],
  ['{deny: outside}', /has no "to"/],
  ['{deny: inside, to: {zone: data}}', /not one of outside/],
  ['{deny: {outside: 10.0.0.0/8, zone: app}, to: {zone: data}}', /reach\[0\]\.deny/],
  ['{deny: {}, to: {zone: data}}', /reach\[0\]\.deny/],
  ['{deny: outside, to: {zone: data}, ports: [0]}', /the least is 1/],
  ['{deny: outside, to: {zone: data}, ports: [http]}', /does not have the form it needs/],
]

for (const [line, told] of WRONG) {
  test(`${line} is refused`, () => {
    assert.match(
      problemsOf(() => stated(line))
        .map(({ message }) => message)
        .join('\n'),
      told,
    )
  })
}

test('reach.yaml beside YAML of no platform is proven of it', async () => {
  const repo = repository({
    'k8s/pods.yaml': TENANTS,
    'reach.yaml':
      'apiVersion: waybill.dev/v1alpha1\nkind: Reach\nreach:\n- {deny: {tenant: acme, zone: app}, to: {tenant: acme, zone: data}}\n',
  })
  try {
    const { text, code } = await repo.run(lint, ['k8s'], { format: ['json'], failOn: 'error' })
    const { findings } = JSON.parse(text) as {
      findings: readonly { policy: string; evidence: readonly { file: string }[] }[]
    }
    const [broken, ...others] = findings.filter(({ policy }) => policy === 'reach-assertion')
    assert.is(others.length, 0)
    assert.ok(broken?.evidence.some(({ file }) => file === 'reach.yaml'))
    assert.is(code, 1)
  } finally {
    repo.dispose()
  }
})

test.run()
