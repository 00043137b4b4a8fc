import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCidr } from '../src/analysis/address-set.ts'
import type { Endpoint } from '../src/analysis/endpoint.ts'
import type { Protocol } from '../src/analysis/port-set.ts'
import { type Reach, reachOf } from '../src/analysis/reach.ts'
import type { Reachability } from '../src/analysis/reach-edge.ts'
import { formatPath } from '../src/manifest/path.ts'
import { world } from './reach-world.ts'

/** Two namespaces with three workloads; `policy` is added to them. */
const CAST = `
apiVersion: v1
kind: Namespace
metadata: {name: app, labels: {zone: app}}
---
apiVersion: v1
kind: Namespace
metadata: {name: data, labels: {zone: data}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec: {template: {metadata: {labels: {role: web, tenant: acme}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8069}]}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron, namespace: app}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {role: cron, tenant: acme}}, spec: {containers: [{name: c}]}}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data}
spec:
  template:
    metadata: {labels: {role: db}}
    spec:
      initContainers:
      - {name: once, ports: [{name: once, containerPort: 1111}]}
      - {name: exporter, restartPolicy: Always, ports: [{name: metrics, containerPort: 9187}]}
      containers:
      - {name: c, ports: [{name: pg, containerPort: 5432}, {name: gossip, containerPort: 7000, protocol: UDP}]}
`

const [WEB, CRON, DB] = ['Deployment/app/web', 'CronJob/app/cron', 'StatefulSet/data/db']

function policy(namespace: string, spec: string, name = 'p'): string {
  return `---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`
}

/** An id, or a CIDR outside. */
function endpoint(reach: Reach, name: string): Endpoint {
  const cidr = parseCidr(name)
  const found = cidr === undefined ? reach.find(name) : reach.outside(cidr)[0]
  if (found === undefined) throw new Error(`${name} is not there`)
  return found
}

function verdict(reach: Reach, from: string, to: string, port: string): Reachability {
  const [protocol = '', number = ''] = port.split(' ')
  const target = { protocol: protocol as Protocol, port: Number(number) }
  return reach.edge(endpoint(reach, from), endpoint(reach, to), target).verdict
}

type Probe = readonly [from: string, to: string, port: string, verdict: Reachability]

function semantics(title: string, policies: string, ...probes: readonly Probe[]): void {
  test(title, () => {
    const reach = reachOf(world(`${CAST}${policies}`))
    for (const [from, to, port, expected] of probes) {
      assert.is(verdict(reach, from, to, port), expected, `${from} to ${to} on ${port}`)
    }
  })
}

semantics(
  'without a policy everyone reaches everyone',
  '',
  [WEB, DB, 'TCP 5432', 'allowed'],
  ['9.9.9.9/32', DB, 'SCTP 1', 'allowed'],
  [DB, '::1/128', 'UDP 65535', 'allowed'],
)

semantics(
  'a policy that only selects isolates ingress and leaves egress open',
  policy('data', '{podSelector: {}}'),
  [WEB, DB, 'TCP 5432', 'denied'],
  ['9.9.9.9/32', DB, 'TCP 5432', 'denied'],
  [DB, WEB, 'TCP 8069', 'allowed'],
  [DB, '9.9.9.9/32', 'TCP 443', 'allowed'],
)
semantics(
  'a policy without a spec is one that only selects',
  '---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: data}\n',
  [WEB, DB, 'TCP 5432', 'denied'],
  [DB, WEB, 'TCP 8069', 'allowed'],
)
semantics(
  'egress rules without policyTypes isolate both directions',
  policy('app', '{podSelector: {}, egress: [{to: [{namespaceSelector: {}}]}]}'),
  [DB, WEB, 'TCP 8069', 'denied'],
  [WEB, DB, 'TCP 5432', 'allowed'],
  [WEB, '9.9.9.9/32', 'TCP 443', 'denied'],
)
semantics(
  'an empty list of egress rules without policyTypes does not isolate egress',
  policy('app', '{podSelector: {}, egress: []}'),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [DB, WEB, 'TCP 8069', 'denied'],
)
semantics(
  'an empty list of policyTypes is none',
  policy('app', '{podSelector: {}, policyTypes: [], egress: [{}]}'),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [DB, WEB, 'TCP 8069', 'denied'],
)
semantics(
  'policyTypes decide, and rules of a direction that is not named are dropped',
  policy('app', '{podSelector: {}, policyTypes: [Egress], ingress: []}'),
  [DB, WEB, 'TCP 8069', 'allowed'],
  [WEB, DB, 'TCP 5432', 'denied'],
)
semantics(
  'an isolated direction without rules lets nothing through',
  policy('app', '{podSelector: {}, policyTypes: [Ingress, Egress]}'),
  [WEB, CRON, 'TCP 1', 'denied'],
  [WEB, WEB, 'TCP 8069', 'denied'],
  [DB, WEB, 'TCP 1', 'denied'],
)
semantics(
  'an empty rule lets everyone through on every port',
  policy('data', '{podSelector: {}, ingress: [{}]}'),
  [WEB, DB, 'SCTP 9', 'allowed'],
  ['9.9.9.9/32', DB, 'TCP 1', 'allowed'],
)
semantics('a null rule is an empty one', policy('data', '{podSelector: {}, ingress: [null]}'), [
  WEB,
  DB,
  'TCP 9',
  'allowed',
])
semantics(
  'an empty list of peers is everyone, and an empty list of ports every port',
  policy('data', '{podSelector: {}, ingress: [{from: [], ports: []}]}'),
  ['9.9.9.9/32', DB, 'UDP 9', 'allowed'],
)
semantics(
  'null peers and ports are absent ones',
  policy('data', '{podSelector: {}, ingress: [{from: null, ports: null}]}'),
  ['9.9.9.9/32', DB, 'UDP 9', 'allowed'],
)
semantics(
  'policies add up',
  policy('data', '{podSelector: {}}', 'a') +
    policy('data', '{podSelector: {matchLabels: {role: db}}, ingress: [{from: [{namespaceSelector: {}}]}]}', 'b'),
  [WEB, DB, 'TCP 5432', 'allowed'],
  ['9.9.9.9/32', DB, 'TCP 5432', 'denied'],
)
semantics(
  'a policy that selects no pod isolates no one',
  policy('data', '{podSelector: {matchLabels: {role: other}}}'),
  [WEB, DB, 'TCP 5432', 'allowed'],
)
semantics(
  'both sides must allow',
  policy('app', '{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}') +
    policy('data', '{podSelector: {}, ingress: [{ports: [{port: 5432}, {port: 443}]}]}'),
  [WEB, DB, 'TCP 443', 'allowed'],
  [WEB, DB, 'TCP 5432', 'denied'],
  [WEB, '9.9.9.9/32', 'TCP 443', 'allowed'],
)

semantics(
  'a podSelector alone looks in the namespace of the policy',
  policy('data', '{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}'),
  [DB, DB, 'TCP 7000', 'allowed'],
  [WEB, DB, 'TCP 5432', 'denied'],
)
semantics(
  'a namespaceSelector alone takes every pod of its namespaces',
  policy('data', '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {zone: app}}}]}]}'),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [CRON, DB, 'TCP 5432', 'allowed'],
  [DB, DB, 'TCP 5432', 'denied'],
)
semantics(
  'an empty namespaceSelector takes every pod and nothing outside',
  policy('data', '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}'),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [DB, DB, 'TCP 5432', 'allowed'],
  ['9.9.9.9/32', DB, 'TCP 5432', 'denied'],
)
semantics(
  'both selectors in one peer narrow each other',
  policy(
    'data',
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {zone: app}}, podSelector: {matchLabels: {role: web}}}]}]}',
  ),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [CRON, DB, 'TCP 5432', 'denied'],
)
semantics(
  'both selectors in two peers add up',
  policy(
    'data',
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {zone: app}}}, {podSelector: {matchLabels: {role: db}}}]}]}',
  ),
  [CRON, DB, 'TCP 5432', 'allowed'],
  [DB, DB, 'TCP 5432', 'allowed'],
)
semantics(
  'a null selector is an absent one',
  policy('data', '{podSelector: {}, ingress: [{from: [{namespaceSelector: null, podSelector: {}}]}]}'),
  [WEB, DB, 'TCP 5432', 'denied'],
  [DB, DB, 'TCP 5432', 'allowed'],
)
semantics(
  'every namespace carries its name as a label',
  policy(
    'data',
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: app}}}]}]}',
  ),
  [WEB, DB, 'TCP 5432', 'allowed'],
)
semantics(
  'matchExpressions select pods, and a key that is missing counts for NotIn',
  policy(
    'data',
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: role, operator: In, values: [web, x]}, {key: stage, operator: NotIn, values: [test]}, {key: tenant, operator: Exists}, {key: stage, operator: DoesNotExist}]}}]}]}',
  ),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [CRON, DB, 'TCP 5432', 'denied'],
  [DB, DB, 'TCP 5432', 'denied'],
)
semantics(
  'a Job is found by the name that its controller labels it with',
  `${policy('data', '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {batch.kubernetes.io/job-name: migrate}}}]}]}')}---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, namespace: app}\nspec: {template: {spec: {containers: []}}}\n`,
  ['Job/app/migrate', DB, 'TCP 5432', 'allowed'],
  [WEB, DB, 'TCP 5432', 'denied'],
)

semantics(
  'a port is of TCP unless it says otherwise',
  policy('data', '{podSelector: {}, ingress: [{ports: [{port: 53}, {port: 54, protocol: UDP}, {protocol: SCTP}]}]}'),
  [WEB, DB, 'TCP 53', 'allowed'],
  [WEB, DB, 'UDP 53', 'denied'],
  [WEB, DB, 'UDP 54', 'allowed'],
  [WEB, DB, 'TCP 54', 'denied'],
  [WEB, DB, 'SCTP 1234', 'allowed'],
)
semantics(
  'a port entry without a port is every port of TCP',
  policy('data', '{podSelector: {}, ingress: [{ports: [{}]}]}'),
  [WEB, DB, 'TCP 1', 'allowed'],
  [WEB, DB, 'UDP 1', 'denied'],
)
semantics(
  'endPort belongs to the range',
  policy('data', '{podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8010}]}]}'),
  [WEB, DB, 'TCP 7999', 'denied'],
  [WEB, DB, 'TCP 8000', 'allowed'],
  [WEB, DB, 'TCP 8010', 'allowed'],
  [WEB, DB, 'TCP 8011', 'denied'],
)
semantics(
  'a port name on ingress is a port of the subject, sidecars included',
  policy('data', '{podSelector: {}, ingress: [{ports: [{port: pg}, {port: metrics}]}]}'),
  [WEB, DB, 'TCP 5432', 'allowed'],
  [WEB, DB, 'TCP 9187', 'allowed'],
  [WEB, DB, 'TCP 7000', 'denied'],
)
semantics(
  'a port name on egress is a port of each peer',
  policy('app', '{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: pg}, {port: http}]}]}'),
  [CRON, DB, 'TCP 5432', 'allowed'],
  [CRON, WEB, 'TCP 8069', 'allowed'],
  [CRON, DB, 'TCP 8069', 'denied'],
  [CRON, WEB, 'TCP 5432', 'denied'],
)
semantics(
  'a port name means nothing outside the cluster',
  policy('app', '{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: pg}]}]}'),
  [CRON, '9.9.9.9/32', 'TCP 5432', 'denied'],
)
semantics(
  'a port name of another protocol is another port',
  policy('data', '{podSelector: {}, ingress: [{ports: [{port: gossip}, {port: pg, protocol: UDP}]}]}'),
  [WEB, DB, 'TCP 7000', 'denied'],
  [WEB, DB, 'UDP 7000', 'denied'],
  [WEB, DB, 'UDP 5432', 'denied'],
)
semantics(
  'a port name of an init container leads nowhere',
  policy('data', '{podSelector: {}, ingress: [{ports: [{port: once}]}]}'),
  [WEB, DB, 'TCP 1111', 'denied'],
)

semantics(
  'an ipBlock lets through its addresses, its exceptions left out',
  policy(
    'data',
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}}]}]}',
  ),
  ['10.3.0.1/32', DB, 'TCP 5432', 'allowed'],
  ['10.1.2.3/32', DB, 'TCP 5432', 'denied'],
  ['10.2.0.0/16', DB, 'TCP 5432', 'denied'],
  ['11.0.0.1/32', DB, 'TCP 5432', 'denied'],
)
semantics(
  'an exception of one block does not take from another',
  policy(
    'data',
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {ipBlock: {cidr: 10.1.1.0/24}}]}]}',
  ),
  ['10.1.1.1/32', DB, 'TCP 5432', 'allowed'],
  ['10.1.2.1/32', DB, 'TCP 5432', 'denied'],
)
semantics(
  'the families of addresses are apart',
  policy(
    'app',
    '{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}}]}]}',
  ),
  [WEB, '2001:db8:2::1/128', 'TCP 443', 'allowed'],
  [WEB, '2001:db8:1::1/128', 'TCP 443', 'denied'],
  [WEB, '9.9.9.9/32', 'TCP 443', 'denied'],
)
semantics(
  'an ipBlock does not match pods, whatever their addresses',
  policy('data', '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}'),
  [WEB, DB, 'TCP 5432', 'denied'],
  ['9.9.9.9/32', DB, 'TCP 5432', 'allowed'],
)

const POD =
  '---\napiVersion: v1\nkind: Pod\nmetadata: {name: one, namespace: data, labels: {role: one}}\nspec: {containers: []}\n'
semantics(
  'a pod always reaches itself, and the pods of a workload reach each other only if allowed',
  policy('data', '{podSelector: {}, policyTypes: [Ingress, Egress]}') + POD,
  ['Pod/data/one', 'Pod/data/one', 'TCP 1', 'allowed'],
  [DB, DB, 'TCP 5432', 'denied'],
)

const HOST =
  '---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: node, namespace: app}\nspec: {template: {metadata: {labels: {role: node}}, spec: {hostNetwork: true, containers: []}}}\n'
const NODE = 'DaemonSet/app/node'
semantics(
  'the host network is not isolated',
  policy('app', '{podSelector: {}, policyTypes: [Ingress, Egress]}') + HOST,
  [NODE, DB, 'TCP 5432', 'allowed'],
  [DB, NODE, 'TCP 1', 'allowed'],
  [NODE, '9.9.9.9/32', 'TCP 1', 'allowed'],
)
semantics(
  'traffic of the host network with an isolated pod is unknown, also when a selector matches',
  policy('data', '{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {}}]}]}') +
    HOST,
  [NODE, DB, 'TCP 5432', 'unknown'],
  [DB, NODE, 'TCP 1', 'unknown'],
  [WEB, DB, 'TCP 5432', 'allowed'],
)
semantics(
  'traffic of the host network is allowed where everyone is',
  policy('data', '{podSelector: {}, ingress: [{ports: [{port: 5432}]}]}') + HOST,
  [NODE, DB, 'TCP 5432', 'allowed'],
  [NODE, DB, 'TCP 5433', 'unknown'],
)

const UNREADABLE: readonly (readonly [title: string, spec: string])[] = [
  ['a peer that names nobody', '{podSelector: {}, ingress: [{from: [{}]}]}'],
  ['a null peer', '{podSelector: {}, ingress: [{from: [null]}]}'],
  [
    'a block beside a selector',
    '{podSelector: {}, ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}',
  ],
  ['a CIDR that is none', '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]}'],
  [
    'an exception that is all of the block',
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}',
  ],
  [
    'an exception beside the block',
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}',
  ],
  ['a number in quotes', '{podSelector: {}, ingress: [{ports: [{port: "5432"}]}]}'],
  ['a port out of range', '{podSelector: {}, ingress: [{ports: [{port: 65536}]}]}'],
  ['an endPort below the port', '{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 79}]}]}'],
  ['an endPort without a port', '{podSelector: {}, ingress: [{ports: [{endPort: 79}]}]}'],
  ['an endPort after a name', '{podSelector: {}, ingress: [{ports: [{port: pg, endPort: 8000}]}]}'],
  ['a protocol that is none', '{podSelector: {}, ingress: [{ports: [{port: 80, protocol: HTTP}]}]}'],
  ['a policy type that is none', '{podSelector: {}, policyTypes: [ingress]}'],
  ['an operator that is none', '{podSelector: {matchExpressions: [{key: role, operator: Is, values: [db]}]}}'],
  ['an operator without its values', '{podSelector: {matchExpressions: [{key: role, operator: In}]}}'],
  ['a misspelt field in a selector', '{podSelector: {matchLabel: {role: db}}}'],
  ['a label that is a number', '{podSelector: {matchLabels: {role: 1}}}'],
  ['rules that are no list', '{podSelector: {}, ingress: {from: []}}'],
]
for (const [title, spec] of UNREADABLE) {
  semantics(
    `${title} makes the API server refuse the policy, so the pods are unknown`,
    policy('data', spec),
    [WEB, DB, 'TCP 5432', 'unknown'],
    [DB, WEB, 'TCP 8069', 'unknown'],
    [WEB, CRON, 'TCP 1', 'allowed'],
  )
}

semantics(
  'a policy that selects by a label that only controllers set cannot be judged',
  policy('data', '{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}}'),
  [WEB, DB, 'TCP 5432', 'unknown'],
)
semantics(
  'a peer that is selected by such a label clouds the pods of the policy and no others',
  policy(
    'app',
    '{podSelector: {matchLabels: {role: web}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: pod-template-hash, operator: Exists}]}}]}]}',
  ),
  [DB, WEB, 'TCP 8069', 'unknown'],
  [DB, CRON, 'TCP 1', 'allowed'],
)

test('the chain of facts leads to the lines that open and that isolate', () => {
  const index = world(
    `${CAST}${policy('data', '{podSelector: {}}', 'default-deny')}${policy('app', '\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - ports:\n    - port: 53\n  - to:\n    - podSelector: {}\n    - namespaceSelector: {}\n      podSelector: {matchLabels: {role: db}}\n', 'to-db')}`,
  )
  const reach = reachOf(index)
  const edge = reach.edge(endpoint(reach, WEB), endpoint(reach, DB), { protocol: 'TCP', port: 5432 })
  assert.is(edge.verdict, 'denied')
  assert.equal(
    edge.because.map(({ message, place }) => [message, place === undefined ? '' : formatPath(place.at)]),
    [
      ['"NetworkPolicy/app/to-db" opens TCP 5432 to "StatefulSet/data/db"', 'spec.egress[1].to[1]'],
      [
        '"NetworkPolicy/data/default-deny" isolates the ingress of "StatefulSet/data/db", and no policy opens TCP 5432 from "Deployment/app/web"',
        'spec.podSelector',
      ],
    ],
  )
})

test('an edge without a port tells all ports and every line that opens some', () => {
  const reach = reachOf(
    world(
      `${CAST}${policy('data', '{podSelector: {}, ingress: [{ports: [{port: pg}]}, {from: [{namespaceSelector: {}}], ports: [{port: 9187}]}]}')}`,
    ),
  )
  const edge = reach.edge(endpoint(reach, WEB), endpoint(reach, DB))
  assert.is(edge.verdict, 'allowed')
  assert.equal(
    edge.because.map(({ message }) => message),
    [
      '"Deployment/app/web" is selected by no policy, so its egress is open',
      '"NetworkPolicy/data/p" opens TCP 5432 from "Deployment/app/web"',
      '"NetworkPolicy/data/p" opens TCP 9187 from "Deployment/app/web"',
    ],
  )
})

test('two sides that open different ports say so', () => {
  const reach = reachOf(
    world(
      `${CAST}${policy('data', '{podSelector: {}, ingress: [{ports: [{port: 5432}]}]}')}${policy('app', '{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}')}`,
    ),
  )
  const edge = reach.edge(endpoint(reach, WEB), endpoint(reach, DB))
  assert.is(edge.verdict, 'denied')
  assert.is(
    edge.because.at(-1)?.message,
    'no port is open both out of "Deployment/app/web" and into "StatefulSet/data/db"',
  )
})

test('endpoints that no policy tells apart are one group, and edges are told by group in a fixed order', () => {
  const reach = reachOf(
    world(
      `${CAST}${policy('data', '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {zone: app}}}], ports: [{port: pg}]}]}')}`,
    ),
  )
  assert.equal(
    [...reach.edges()].map(({ from, to }) => [from, to].map(({ members }) => members.map(({ id }) => id).join('+'))),
    [
      [`${CRON}+${WEB}`, `${CRON}+${WEB}`],
      [`${CRON}+${WEB}`, DB],
      [`${CRON}+${WEB}`, 'outside'],
      [DB, `${CRON}+${WEB}`],
      [DB, 'outside'],
      ['outside', `${CRON}+${WEB}`],
    ],
  )
})

test('an endpoint of another reach is refused', () => {
  const [one, other] = [reachOf(world(CAST)), reachOf(world(CAST))]
  assert.throws(() => one.edge(endpoint(other, WEB), endpoint(one, DB)), /no endpoint of this reach/)
})

test.run()
