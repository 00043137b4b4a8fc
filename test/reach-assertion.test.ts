import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPorts } from '../src/analysis/port-set.ts'
import { reachOf } from '../src/analysis/reach.ts'
import { type Assertion, brokenAssertions } from '../src/analysis/reach-assertion.ts'
import { diffReach } from '../src/analysis/reach-diff.ts'
import { evidenceOf } from '../src/analysis/reach-edge.ts'
import { waysInto } from '../src/analysis/reach-path.ts'
import { routeEntriesOf } from '../src/analysis/route-entry.ts'
import { serviceTargetsOf } from '../src/analysis/service-target.ts'
import type { Index } from '../src/manifest/manifest-index.ts'
import { reachDot } from '../src/report/reach-dot.ts'
import { brokenData, edgeData, pathData, reachData, reachDiffData } from '../src/report/reach-json.ts'
import { reachMermaid } from '../src/report/reach-mermaid.ts'
import { brokenText, edgeText, pathText, reachDiffText, reachText } from '../src/report/reach-text.ts'
import { world } from './reach-world.ts'

/** A load balancer leads to Traefik, Traefik to web, web to the database; line numbers matter below. */
const PLATFORM = `apiVersion: v1
kind: Namespace
metadata: {name: edge, labels: {waybill.dev/zone: edge}}
---
apiVersion: v1
kind: Namespace
metadata: {name: app, labels: {waybill.dev/zone: app}}
---
apiVersion: v1
kind: Namespace
metadata: {name: data, labels: {waybill.dev/zone: data}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik, namespace: edge}
spec: {template: {metadata: {labels: {app.kubernetes.io/name: traefik}}, spec: {containers: []}}}
---
apiVersion: v1
kind: Service
metadata: {name: traefik, namespace: edge}
spec: {type: LoadBalancer, selector: {app.kubernetes.io/name: traefik}, ports: [{port: 443, targetPort: 8443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec: {template: {metadata: {labels: {role: web}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8069}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec: {selector: {role: web}, ports: [{port: 8069}]}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: erp, namespace: app}
spec: {routes: [{match: Host(\`erp.example\`), services: [{name: web, port: 8069}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data}
spec: {template: {metadata: {labels: {role: db}}, spec: {containers: [{name: c, ports: [{name: pg, containerPort: 5432}]}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: backup, namespace: data, labels: {role: backup}}
spec: {containers: []}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: app}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {waybill.dev/zone: edge}}}], ports: [{port: http}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: data}
spec: {podSelector: {}}
`
const OPEN_DB = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: data}
spec:
  podSelector: {matchLabels: {role: db}}
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {waybill.dev/zone: app}}
    ports: [{port: pg}]
`
const STRAY = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: stray, namespace: data}
spec:
  podSelector: {matchLabels: {role: db}}
  ingress:
  - from:
    - namespaceSelector: {}
`

function analysed(index: Index) {
  const reach = reachOf(index)
  const entries = routeEntriesOf(index, reach, serviceTargetsOf(index, reach))
  return { index, reach, entries, wayIn: waysInto(reach, entries) }
}

function broken(text: string, ...assertions: readonly Assertion[]) {
  const { index, reach, entries, wayIn } = analysed(world(text))
  return brokenAssertions(index, reach, entries, wayIn, assertions)
}

function endpoint(reach: ReturnType<typeof reachOf>, id: string) {
  const found = reach.find(id)
  if (found === undefined) throw new Error(`${id} is not there`)
  return found
}

const PG = [{ protocol: 'TCP', first: 5432, last: 5432 }] as const
const APP_TO_DB: Assertion = {
  name: 'app to data',
  expect: 'allow',
  from: [{ zone: 'app' }],
  to: [{ workload: 'StatefulSet/data/db' }],
  ports: PG,
}
const EDGE_NOT_DB: Assertion = {
  name: 'edge to data',
  expect: 'deny',
  from: [{ zone: 'edge' }],
  to: [{ zone: 'data' }],
}
const ONLY_APP: Assertion = { name: 'database', expect: 'only', from: [{ zone: 'app' }], to: [{ namespace: 'data' }] }

test('flows that are declared and kept break nothing', () => {
  assert.equal(broken(`${PLATFORM}${OPEN_DB}`, APP_TO_DB, EDGE_NOT_DB, ONLY_APP), [])
})

test('a flow that is needed and closed shows the line that closes it', () => {
  const [first, ...others] = broken(PLATFORM, APP_TO_DB)
  assert.is(others.length, 0)
  assert.is(first?.verdict, 'denied')
  assert.is(
    first?.message,
    '"Deployment/app/web" does not reach "StatefulSet/data/db" on TCP 5432, which "app to data" needs',
  )
  assert.equal(
    evidenceOf(first?.example?.because ?? []).map(({ range }) => range.start.line),
    [56],
  )
})

test('a flow that is denied and open shows the line that opens it and the way in from outside', () => {
  const [first, ...others] = broken(`${PLATFORM}${OPEN_DB}${STRAY}`, EDGE_NOT_DB)
  assert.is(others.length, 0)
  assert.is(
    first?.message,
    '"Deployment/edge/traefik" reaches "StatefulSet/data/db" on all ports, which "edge to data" denies',
  )
  assert.equal(
    evidenceOf(first?.example?.because ?? []).map(({ range }) => range.start.line),
    [75],
  )
  assert.equal(
    first?.path?.hops.map(({ edge, via }) => `${edge.from.id} -> ${edge.to.id} ${via?.source.manifest.kind}`),
    ['outside -> Deployment/edge/traefik Service', 'Deployment/edge/traefik -> StatefulSet/data/db undefined'],
  )
})

test('only those named reach the target, and a workload may always talk to itself', () => {
  const all = broken(`${PLATFORM}${OPEN_DB}${STRAY}`, ONLY_APP)
  assert.equal(
    all.map(({ from, to }) => `${from.map(({ id }) => id)} -> ${to.map(({ id }) => id)}`),
    ['Deployment/edge/traefik -> StatefulSet/data/db', 'Pod/data/backup -> StatefulSet/data/db'],
  )
})

test('ports narrow what is needed and what is denied', () => {
  const text = `${PLATFORM}${OPEN_DB}`
  const more: Assertion = { ...APP_TO_DB, ports: [{ protocol: 'TCP', first: 5431, last: 5433 }] }
  assert.equal(
    broken(text, more).map(({ ports }) => formatPorts(ports)),
    ['TCP 5431, 5433'],
  )
  assert.equal(broken(text, { ...APP_TO_DB, expect: 'deny', ports: [{ protocol: 'UDP', first: 1, last: 65_535 }] }), [])
  assert.is(broken(text, { ...APP_TO_DB, expect: 'deny' }).length, 1)
})

test('without ports a flow is there when any port is open', () => {
  const { ports: _, ...any } = APP_TO_DB
  assert.is(broken(`${PLATFORM}${OPEN_DB}`, any).length, 0)
  assert.is(
    broken(PLATFORM, any)[0]?.message,
    '"Deployment/app/web" does not reach "StatefulSet/data/db" on any port, which "app to data" needs',
  )
})

test('what nobody can tell breaks both what is needed and what is denied', () => {
  const cilium =
    '---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: data}\nspec: {endpointSelector: {}, ingress: []}\n'
  const all = broken(`${PLATFORM}${OPEN_DB}${cilium}`, APP_TO_DB, EDGE_NOT_DB)
  assert.equal(
    all.map(({ verdict, message }) => `${verdict}: ${message}`),
    [
      'unknown: whether "Deployment/app/web" reaches "StatefulSet/data/db" on TCP 5432 cannot be told, and "app to data" needs it',
      'unknown: "Deployment/edge/traefik" may reach "Pod/data/backup" on all ports, which "edge to data" denies',
      'unknown: "Deployment/edge/traefik" may reach "StatefulSet/data/db" on all ports, which "edge to data" denies',
    ],
  )
})

test('an assertion that speaks of nobody is broken', () => {
  const all = broken(
    PLATFORM,
    { ...EDGE_NOT_DB, to: [{ zone: 'dta' }] },
    { ...EDGE_NOT_DB, from: [{ outside: '10.0.0.0/33' }] },
  )
  assert.equal(
    all.map(({ message }) => message),
    [
      '"edge to data" speaks of nobody: no endpoint matches its "to", so it proves nothing',
      '"edge to data" speaks of nobody: no endpoint matches its "from", so it proves nothing',
    ],
  )
})

test('parties are pods by namespace label and by own label, and ranges outside', () => {
  const metadata: Assertion = {
    name: 'metadata',
    expect: 'deny',
    from: [{ namespaces: { matchLabels: { 'waybill.dev/zone': 'app' } }, pods: { matchLabels: { role: 'web' } } }],
    to: [{ outside: '169.254.169.254/32' }],
  }
  assert.equal(
    broken(PLATFORM, metadata).map(({ message }) => message),
    ['"Deployment/app/web" reaches "169.254.169.254/32" on all ports, which "metadata" denies'],
  )
  const egress =
    '---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: e, namespace: app}\nspec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}}]}]}\n'
  assert.equal(broken(`${PLATFORM}${egress}`, metadata), [])
})

test('a route that publishes what the outside is denied is shown, although no packet comes straight from there', () => {
  const [first, ...others] = broken(PLATFORM, {
    name: 'private',
    expect: 'deny',
    from: [{ outside: true }],
    to: [{ zone: 'app' }],
  })
  assert.is(others.length, 0)
  assert.is(
    first?.message,
    '"IngressRoute/app/erp" leads from outside to "Deployment/app/web" on TCP 8069, which "private" denies',
  )
  assert.is(first?.via?.source.manifest.metadata.name, 'erp')
})

test('the shortest way in goes through the fewest connections, by the routes that lead there', () => {
  const { reach, wayIn } = analysed(world(`${PLATFORM}${OPEN_DB}`))
  const trail = (id: string, port?: number) =>
    wayIn(endpoint(reach, id), port === undefined ? undefined : { protocol: 'TCP', port })?.hops.map(
      ({ edge, via }) => `${edge.to.id}${via === undefined ? '' : ` by ${via.source.manifest.kind}`}`,
    )
  assert.equal(trail('Deployment/edge/traefik'), ['Deployment/edge/traefik by Service'])
  assert.equal(trail('Deployment/app/web'), [
    'Deployment/edge/traefik by Service',
    'Deployment/app/web by IngressRoute',
  ])
  assert.equal(trail('StatefulSet/data/db', 5432), [
    'Deployment/edge/traefik by Service',
    'Deployment/app/web by IngressRoute',
    'StatefulSet/data/db',
  ])
  assert.is(trail('StatefulSet/data/db', 5433), undefined)
  assert.is(trail('Pod/data/backup'), undefined)
})

test('a way in that is only possible is told as unknown', () => {
  const { reach, wayIn } = analysed(
    world(
      `${PLATFORM}---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: data}\nspec: {endpointSelector: {}, ingress: []}\n`,
    ),
  )
  assert.is(wayIn(endpoint(reach, 'StatefulSet/data/db'))?.verdict, 'unknown')
  assert.is(wayIn(endpoint(reach, 'Deployment/app/web'))?.verdict, 'allowed')
})

test('the changes between two states are told by endpoint, with what is new and what is gone', () => {
  const before = reachOf(world(PLATFORM))
  const after = reachOf(world(`${PLATFORM.replace('name: backup', 'name: restore')}${OPEN_DB}`))
  const diff = diffReach(before, after)
  assert.equal([diff.appeared, diff.disappeared], [['Pod/data/restore'], ['Pod/data/backup']])
  assert.is(
    reachDiffText(diff),
    `new: Pod/data/restore
gone: Pod/data/backup
+  Deployment/app/web  ->  StatefulSet/data/db      TCP 5432
-  Pod/data/backup     ->  Deployment/edge/traefik  all ports
-  Pod/data/backup     ->  outside                  all ports
+  Pod/data/restore    ->  Deployment/edge/traefik  all ports
+  Pod/data/restore    ->  outside                  all ports
`,
  )
  assert.equal(diffReach(after, after).changes, [])
})

test('the text tells for each source whom it reaches, on which ports', () => {
  assert.is(
    reachText(reachOf(world(`${PLATFORM}${OPEN_DB}`))),
    `app: Deployment/web
  all ports  -> edge: Deployment/traefik
  TCP 5432   -> data: StatefulSet/db
  all ports  -> outside

edge: Deployment/traefik
  TCP 8069   -> app: Deployment/web
  all ports  -> edge: Deployment/traefik
  all ports  -> outside

data: Pod/backup
  all ports  -> edge: Deployment/traefik
  all ports  -> outside

data: StatefulSet/db
  all ports  -> edge: Deployment/traefik
  all ports  -> outside

outside
  all ports  -> edge: Deployment/traefik
`,
  )
})

test('texts of an edge, a way in and a broken assertion give the line of each fact', () => {
  const { reach, wayIn } = analysed(world(`${PLATFORM}${OPEN_DB}${STRAY}`))
  const [traefik, db] = [endpoint(reach, 'Deployment/edge/traefik'), endpoint(reach, 'StatefulSet/data/db')]
  assert.is(
    edgeText(reach.edge(traefik, db, { protocol: 'TCP', port: 5432 })),
    `allowed: Deployment/edge/traefik -> StatefulSet/data/db
  "Deployment/edge/traefik" is selected by no policy, so its egress is open
  world.yaml:75: "NetworkPolicy/data/stray" opens TCP 5432 from "Deployment/edge/traefik"
`,
  )
  const way = wayIn(db)
  if (way === undefined) throw new Error('there is a way in')
  assert.is(
    pathText(way),
    `outside -> Deployment/edge/traefik by Service/edge/traefik
  "Deployment/edge/traefik" is selected by no policy, so its ingress is open
Deployment/edge/traefik -> StatefulSet/data/db
  "Deployment/edge/traefik" is selected by no policy, so its egress is open
  world.yaml:75: "NetworkPolicy/data/stray" opens all ports from "Deployment/edge/traefik"
`,
  )
  assert.is(
    brokenText(broken(PLATFORM, APP_TO_DB)),
    `"Deployment/app/web" does not reach "StatefulSet/data/db" on TCP 5432, which "app to data" needs
  "Deployment/app/web" is selected by no policy, so its egress is open
  world.yaml:56: "NetworkPolicy/data/deny" isolates the ingress of "StatefulSet/data/db", and no policy opens TCP 5432 from "Deployment/app/web"
`,
  )
})

test('the text of changes signs what opens and what closes', () => {
  const [closed, open] = [PLATFORM, `${PLATFORM}${OPEN_DB}`].map(text => reachOf(world(text)))
  if (closed === undefined || open === undefined) throw new Error('there are two')
  assert.is(reachDiffText(diffReach(closed, open)), '+  Deployment/app/web  ->  StatefulSet/data/db  TCP 5432\n')
  assert.is(reachDiffText(diffReach(open, closed)), '-  Deployment/app/web  ->  StatefulSet/data/db  TCP 5432\n')
})

test('the data can be written as JSON and hold the same edges as the text', () => {
  const { reach, wayIn } = analysed(world(`${PLATFORM}${OPEN_DB}`))
  const data = JSON.parse(JSON.stringify(reachData(reach)))
  assert.equal(data.pods[0], { id: 'Deployment/app/web', namespace: 'app', zone: 'app', hostNetwork: false })
  assert.equal(data.outside, [{ id: 'outside', cidrs: ['0.0.0.0/0', '::/0'] }])
  assert.equal(data.edges[1], {
    from: ['Deployment/app/web'],
    to: ['StatefulSet/data/db'],
    allowed: [...PG],
    unknown: [],
  })
  const [web, db] = [endpoint(reach, 'Deployment/app/web'), endpoint(reach, 'StatefulSet/data/db')]
  const edge = edgeData(reach.edge(web, db, { protocol: 'TCP', port: 5432 }))
  assert.equal(edge.because[1]?.place, {
    file: 'world.yaml',
    line: 65,
    column: 7,
    object: 'NetworkPolicy/data/db',
    field: 'spec.ingress[0].from[0]',
  })
  const way = wayIn(web)
  if (way === undefined) throw new Error('there is a way in')
  assert.equal(
    pathData(way).hops.map(({ via }) => via),
    [
      { object: 'Service/edge/traefik', field: 'spec' },
      { object: 'IngressRoute/app/erp', field: 'spec.routes[0]' },
    ],
  )
  assert.is(brokenData(broken(PLATFORM, APP_TO_DB))[0]?.example?.verdict, 'denied')
  const closed = reachOf(world(PLATFORM))
  assert.equal(reachDiffData(diffReach(closed, reach)).changes, [
    { from: ['Deployment/app/web'], to: ['StatefulSet/data/db'], opened: [...PG], closed: [], clouded: [] },
  ])
})

const TWO = `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: one}
spec: {containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: one, labels: {b: b}}
spec: {containers: []}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: one}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{podSelector: {}}], ports: [{port: 80}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: one}
spec: {endpointSelector: {matchLabels: {b: b}}, ingress: []}
`

test('drawings frame namespaces and dash what is unknown', () => {
  const reach = reachOf(world(TWO))
  assert.is(
    reachDot(reach),
    `digraph reach {
  rankdir=LR;
  node [shape=box];
  subgraph cluster_0 {
    label="one";
    n0 [label="Pod/one/a"];
    n1 [label="Pod/one/b"];
  }
  n2 [label="outside"];
  n0 -> n1 [label="TCP 80", style=dashed];
  n2 -> n1 [label="all ports", style=dashed];
}
`,
  )
  assert.is(
    reachMermaid(reach),
    `flowchart LR
  subgraph f0["one"]
    n0["Pod/one/a"]
    n1["Pod/one/b"]
  end
  n2["outside"]
  n0 -.->|"TCP 80"| n1
  n2 -.->|"all ports"| n1
`,
  )
})

test.run()
