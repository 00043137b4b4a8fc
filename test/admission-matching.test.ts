import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { admissionPolicy } from '../src/lint/admission-policy.ts'
import { targetsByResource } from '../src/lint/admission-target.ts'
import type { Manifest, Source } from '../src/manifest/manifest.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'

const NOWHERE = { line: 1, column: 1, offset: 0 }
const source = (manifest: Manifest): Source => ({
  file: 'a.yaml',
  manifest,
  range: () => ({ start: NOWHERE, end: NOWHERE }),
})
const environment = (...manifests: Manifest[]) => indexOf(manifests.map(source), { profile: 'standard' })

const object = (
  apiVersion: string,
  kind: string,
  name: string,
  namespace?: string,
  labels?: Record<string, string>,
): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
})

const DEPLOYMENT = object('apps/v1', 'Deployment', 'web', 'shop', { app: 'web' })
const POD = object('v1', 'Pod', 'web', 'shop')
const ROLE = object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'admin')
const SHOP = object('v1', 'Namespace', 'shop', undefined, { tier: 'gold' })
const WIDGET = object('example.com/v1', 'Widget', 'w', 'shop')
const DEFINITION: Manifest = {
  ...object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgetry.example.com'),
  spec: {
    group: 'example.com',
    scope: 'Cluster',
    names: { kind: 'Widget', plural: 'widgetry' },
    versions: [
      { name: 'v1', served: true },
      { name: 'v1alpha1', served: false },
    ],
  },
}

type Constraints = Readonly<Record<string, unknown>>

const rule = (apiGroups: string[], apiVersions: string[], resources: string[], more: Constraints = {}) => ({
  apiGroups,
  apiVersions,
  resources,
  operations: ['CREATE'],
  ...more,
})

/** A policy that finds fault with everything it matches. */
function matched(matchConstraints: Constraints, ...manifests: Manifest[]): string[] {
  const policy = admissionPolicy({
    ...object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'never'),
    spec: { matchConstraints, validations: [{ expression: 'false' }] },
  })
  assert.equal(policy.problems, [])
  return [...policy.judge(environment(...manifests))].map(verdict => {
    const { kind, name } = { kind: verdict.source.manifest.kind, name: verdict.source.manifest.metadata.name }
    return 'notEvaluated' in verdict ? `${kind}/${name}: ${verdict.notEvaluated}` : `${kind}/${name}`
  })
}

test('rules select by group, version, resource and operation, with wildcards', () => {
  const everything = [DEPLOYMENT, POD, ROLE]
  assert.equal(matched({ resourceRules: [rule(['apps'], ['v1'], ['deployments'])] }, ...everything), ['Deployment/web'])
  assert.equal(matched({ resourceRules: [rule([''], ['v1'], ['pods'])] }, ...everything), ['Pod/web'])
  assert.equal(matched({ resourceRules: [rule(['*'], ['*'], ['*'])] }, ...everything), [
    'Deployment/web',
    'Pod/web',
    'ClusterRole/admin',
  ])
  assert.equal(matched({ resourceRules: [rule(['*'], ['*'], ['*/*'])] }, POD), ['Pod/web'])
  assert.equal(matched({ resourceRules: [rule([''], ['v1'], ['pods/*'])] }, POD), ['Pod/web'])
  assert.equal(matched({ resourceRules: [rule([''], ['v1'], ['pods/status', 'pods/exec'])] }, POD), [])
  assert.equal(
    matched({ resourceRules: [rule([''], ['v1'], ['pods'], { operations: ['UPDATE', 'DELETE'] })] }, POD),
    [],
  )
  assert.equal(matched({ resourceRules: [rule([''], ['v1'], ['pods'], { operations: ['*'] })] }, POD), ['Pod/web'])
  assert.equal(matched({ resourceRules: [] }, POD, ROLE), ['Pod/web', 'ClusterRole/admin'])
})

test('a policy on pods does not judge the workloads that make them', () => {
  assert.equal(matched({ resourceRules: [rule([''], ['v1'], ['pods'])] }, DEPLOYMENT), [])
})

test('rules select by name and by scope', () => {
  const rules = (more: Constraints) => ({ resourceRules: [rule(['*'], ['*'], ['*'], more)] })
  assert.equal(matched(rules({ resourceNames: ['admin'] }), DEPLOYMENT, ROLE), ['ClusterRole/admin'])
  assert.equal(matched(rules({ scope: 'Namespaced' }), DEPLOYMENT, ROLE, SHOP), ['Deployment/web'])
  assert.equal(matched(rules({ scope: 'Cluster' }), DEPLOYMENT, ROLE, SHOP), ['ClusterRole/admin', 'Namespace/shop'])
})

test('excluded rules win', () => {
  const constraints = {
    resourceRules: [rule(['*'], ['*'], ['*'])],
    excludeResourceRules: [rule(['apps'], ['*'], ['*'], { resourceNames: ['web'] })],
  }
  assert.equal(matched(constraints, DEPLOYMENT, POD), ['Pod/web'])
})

test('objects are selected by their labels', () => {
  const rules = [rule(['*'], ['*'], ['*'])]
  const selected = (objectSelector: unknown) => matched({ resourceRules: rules, objectSelector }, DEPLOYMENT, POD)
  assert.equal(selected({ matchLabels: { app: 'web' } }), ['Deployment/web'])
  assert.equal(selected({ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }), ['Pod/web'])
  assert.equal(selected({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }), ['Pod/web'])
  assert.equal(selected({ matchExpressions: [{ key: 'app', operator: 'Exists' }] }), ['Deployment/web'])
})

test('namespaces are selected by their labels, cluster-scoped objects always', () => {
  const constraints = {
    resourceRules: [rule(['*'], ['*'], ['*'])],
    namespaceSelector: { matchLabels: { tier: 'gold' } },
  }
  assert.equal(matched(constraints, SHOP, DEPLOYMENT, ROLE), ['Namespace/shop', 'Deployment/web', 'ClusterRole/admin'])
  const silver = object('v1', 'Namespace', 'shop', undefined, { tier: 'silver' })
  assert.equal(matched(constraints, silver, DEPLOYMENT), [])
})

test('a label of a namespace that is not among the manifests is not taken for absent', () => {
  const constraints = {
    resourceRules: [rule(['*'], ['*'], ['*'])],
    namespaceSelector: { matchLabels: { tier: 'gold' } },
  }
  assert.equal(matched(constraints, DEPLOYMENT), [
    'Deployment/web: it selects by label "tier" of namespace "shop", which is not among the manifests',
  ])
  const byName = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name, tier: 'gold' } })
  assert.equal(matched({ ...constraints, namespaceSelector: byName('other') }, DEPLOYMENT), [])
})

test('policies and webhooks are exempt from policies', () => {
  const policy = object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'p')
  assert.equal(matched({ resourceRules: [rule(['*'], ['*'], ['*'])] }, policy), [])
})

test('a definition among the manifests gives plural and scope of a custom kind', () => {
  const rules = { resourceRules: [rule(['example.com'], ['v1'], ['widgetry'], { scope: 'Cluster' })] }
  assert.equal(matched(rules, DEFINITION, WIDGET), ['Widget/w'])
  assert.equal(matched(rules, WIDGET), [])
  assert.equal(matched({ resourceRules: [rule(['example.com'], ['v1'], ['widgets'])] }, WIDGET), ['Widget/w'])
})

test('without its definition a custom kind is in a namespace if it names one, and outside of any if its name says so', () => {
  const guessed = (kind: string, namespace?: string) =>
    targetsByResource(environment(object('example.com/v1', kind, 'x', namespace)))[0]?.[0]?.namespaced
  assert.is(guessed('Widget', 'shop'), true)
  assert.is(guessed('Widget'), true)
  assert.is(guessed('Cluster'), true)
  assert.is(guessed('ClusterIssuer'), false)
  assert.is(guessed('ClusterIssuer', 'shop'), true)
  assert.is(guessed('GatewayClass'), false)
})

test('plurals follow English', () => {
  const plurals = [
    ['v1', 'Endpoints', 'endpoints'],
    ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'],
    ['networking.k8s.io/v1', 'IngressClass', 'ingressclasses'],
    ['gateway.networking.k8s.io/v1', 'Gateway', 'gateways'],
    ['discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'],
    ['apps/v1', 'StatefulSet', 'statefulsets'],
  ] as const
  for (const [apiVersion, kind, plural] of plurals) {
    const [[target] = []] = targetsByResource(environment(object(apiVersion, kind, 'x')))
    assert.is(target?.plural, plural)
  }
})

test('another version of a resource is selected only by conversion, which is not done here', () => {
  const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', 'shop')
  const constraints = { resourceRules: [rule(['autoscaling'], ['v1'], ['horizontalpodautoscalers'])] }
  assert.equal(matched(constraints, scaler), [
    'HorizontalPodAutoscaler/web: it selects autoscaling/v2 only after conversion to version "v1", which is not done here',
  ])
  assert.equal(matched({ ...constraints, matchPolicy: 'Exact' }, scaler), [])
  assert.equal(matched({ resourceRules: [rule(['example.com'], ['v1alpha1'], ['widgetry'])] }, DEFINITION, WIDGET), [])
})

test.run()
