import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Reach, reachOf } from '../src/analysis/reach.ts'
import type { Reachability } from '../src/analysis/reach-edge.ts'
import { world } from './reach-world.ts'

const CAST = `
apiVersion: v1
kind: Namespace
metadata: {name: app, labels: {zone: app}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec: {template: {metadata: {labels: {role: web}}, spec: {containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: app}
spec: {template: {metadata: {labels: {role: api}}, spec: {containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: far, namespace: other}
spec: {template: {metadata: {labels: {role: web}}, spec: {containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: probe}
spec: {template: {metadata: {labels: {role: client}}, spec: {containers: []}}}
`

function edge(reach: Reach, from: string, to: string): Reachability {
  const [source, target] = [reach.find(from), reach.find(to)]
  if (source === undefined || target === undefined) throw new Error(`${from} or ${to} is not there`)
  return reach.edge(source, target).verdict
}

/** What is known of a client elsewhere and the ingress of web, that of api, the egress of web, and the ingress of far. */
type Known = readonly [intoWeb: Reachability, intoApi: Reachability, outOfWeb: Reachability, intoFar: Reachability]

const CASES: readonly (readonly [title: string, kind: string, spec: string, known: Known])[] = [
  [
    'with rules of ingress concerns the ingress of the pods that it selects',
    'cilium.io/v2 CiliumNetworkPolicy',
    'spec: {endpointSelector: {matchLabels: {role: web}}, ingress: []}',
    ['unknown', 'allowed', 'allowed', 'allowed'],
  ],
  [
    'with rules that deny egress concerns egress',
    'cilium.io/v2 CiliumNetworkPolicy',
    'spec: {endpointSelector: {}, egressDeny: []}',
    ['allowed', 'allowed', 'unknown', 'allowed'],
  ],
  [
    'with several specs concerns the pods of each',
    'cilium.io/v2 CiliumNetworkPolicy',
    'specs: [{endpointSelector: {matchLabels: {role: web}}, ingress: []}, {endpointSelector: {matchLabels: {role: api}}, ingress: []}]',
    ['unknown', 'unknown', 'allowed', 'allowed'],
  ],
  [
    'with a key of another source concerns the whole namespace',
    'cilium.io/v2 CiliumNetworkPolicy',
    'spec: {endpointSelector: {matchLabels: {"k8s:role": api}}, ingress: []}',
    ['unknown', 'unknown', 'allowed', 'allowed'],
  ],
  [
    'for the whole cluster concerns every namespace',
    'cilium.io/v2 CiliumClusterwideNetworkPolicy',
    'spec: {endpointSelector: {matchLabels: {role: web}}, ingress: []}',
    ['unknown', 'allowed', 'allowed', 'unknown'],
  ],
  [
    'of an administrator concerns the namespaces of its subject',
    'policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy',
    'spec: {subject: {namespaces: {matchLabels: {zone: app}}}, ingress: [{action: Deny}]}',
    ['unknown', 'unknown', 'allowed', 'allowed'],
  ],
  [
    'of an administrator concerns the pods of its subject',
    'policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy',
    'spec: {subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {role: web}}}}, ingress: [{action: Deny}], egress: [{action: Allow}]}',
    ['unknown', 'allowed', 'unknown', 'unknown'],
  ],
  [
    'of Calico concerns its namespace in the directions that it names',
    'projectcalico.org/v3 NetworkPolicy',
    'spec: {selector: role == "web", types: [Ingress]}',
    ['unknown', 'unknown', 'allowed', 'allowed'],
  ],
  [
    'of Calico for the whole cluster concerns everyone',
    'crd.projectcalico.org/v1 GlobalNetworkPolicy',
    'spec: {selector: all()}',
    ['unknown', 'unknown', 'unknown', 'unknown'],
  ],
  [
    'that Calico only stages concerns no one',
    'projectcalico.org/v3 StagedNetworkPolicy',
    'spec: {selector: all()}',
    ['allowed', 'allowed', 'allowed', 'allowed'],
  ],
  [
    'of an unheard-of kind concerns its namespace',
    'example.com/v1 SpecialNetworkPolicy',
    'spec: {}',
    ['unknown', 'unknown', 'unknown', 'allowed'],
  ],
]

for (const [title, kind, spec, known] of CASES) {
  const [apiVersion = '', name = ''] = kind.split(' ')
  test(`a ${name} ${title}`, () => {
    const namespaced = !/Cluster|Admin|Global/.test(name)
    const metadata = `{name: p${namespaced ? ', namespace: app' : ''}}`
    const reach = reachOf(
      world(`${CAST}---\napiVersion: ${apiVersion}\nkind: ${name}\nmetadata: ${metadata}\n${spec}\n`),
    )
    const [far, web, api] = ['Deployment/other/far', 'Deployment/app/web', 'Deployment/app/api']
    const client = 'Deployment/probe/client'
    assert.equal(
      [edge(reach, client, web), edge(reach, client, api), edge(reach, web, client), edge(reach, client, far)],
      known,
    )
  })
}

test('a closed side denies, whatever an unjudged policy may say of the other', () => {
  const reach = reachOf(
    world(`${CAST}---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: app}
spec: {podSelector: {matchLabels: {role: web}}, policyTypes: [Egress]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: app}
spec: {endpointSelector: {matchLabels: {role: api}}, ingress: []}
`),
  )
  assert.is(edge(reach, 'Deployment/app/web', 'Deployment/app/api'), 'denied')
})

test('a pair under an unjudged policy names it with its line', () => {
  const reach = reachOf(
    world(`${CAST}---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: app}
spec: {endpointSelector: {}, ingress: []}
`),
  )
  const [web, api] = [reach.find('Deployment/app/web'), reach.find('Deployment/app/api')]
  if (web === undefined || api === undefined) throw new Error('web and api are there')
  const fact = reach.edge(web, api).because.at(-1)
  assert.is(
    fact?.message,
    '"CiliumNetworkPolicy/app/p" of cilium.io is a kind of policy that is not evaluated, so the ingress of "Deployment/app/api" is unknown',
  )
  assert.is(fact?.place?.source.range(fact.place.at).start.line, 29)
})

test.run()
