import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatPath } from '../src/manifest/path.ts'
import { lifecycleProblems } from '../src/schema/lifecycle.ts'
import { registryOf } from '../src/schema/registry.ts'
import { builtSchemas } from '../src/schema-files.ts'

const registry = registryOf(builtSchemas())

function problemsOf(manifest: object, minor: string): string[] {
  const whole = { metadata: { name: 'a' }, ...manifest } as Manifest
  return lifecycleProblems(registry, whole, minor).map(
    ({ change, at, message }) => `${change} ${formatPath(at)}: ${message}`,
  )
}

function podWith(container: object, pod: object = {}): object {
  return { spec: { containers: [{ name: 'odoo', ...container }], ...pod } }
}

test('an API version is fine, then deprecated, then removed', () => {
  const autoscaler = { apiVersion: 'autoscaling/v2beta2', kind: 'HorizontalPodAutoscaler' }
  assert.equal(problemsOf(autoscaler, '1.22'), [])
  assert.equal(problemsOf(autoscaler, '1.23'), [
    'deprecated apiVersion: "autoscaling/v2beta2" "HorizontalPodAutoscaler" is deprecated from Kubernetes 1.23 on and not served from 1.26 on, "autoscaling/v2" replaces it',
  ])
  assert.is(problemsOf(autoscaler, '1.25').length, 1)
  assert.equal(problemsOf(autoscaler, '1.26'), [
    'removed apiVersion: "autoscaling/v2beta2" "HorizontalPodAutoscaler" is not served from Kubernetes 1.26 on, "autoscaling/v2" replaces it',
  ])
})

test('each kind of an API version has its own end and its own successor', () => {
  const removed = (apiVersion: string, kind: string) =>
    problemsOf({ apiVersion, kind }, '1.36')[0]?.split(' is not served ')[1]
  assert.is(removed('extensions/v1beta1', 'Deployment'), 'from Kubernetes 1.16 on, "apps/v1" replaces it')
  assert.is(removed('extensions/v1beta1', 'Ingress'), 'from Kubernetes 1.22 on, "networking.k8s.io/v1" replaces it')
  assert.is(removed('policy/v1beta1', 'PodDisruptionBudget'), 'from Kubernetes 1.25 on, "policy/v1" replaces it')
  assert.is(removed('policy/v1beta1', 'PodSecurityPolicy'), 'from Kubernetes 1.25 on, nothing replaces it')
  assert.is(removed('batch/v1beta1', 'CronJob'), 'from Kubernetes 1.25 on, "batch/v1" replaces it')
  assert.is(
    removed('flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema'),
    'from Kubernetes 1.32 on, "flowcontrol.apiserver.k8s.io/v1" replaces it',
  )
  assert.is(
    removed('storage.k8s.io/v1beta1', 'CSIStorageCapacity'),
    'from Kubernetes 1.27 on, "storage.k8s.io/v1" replaces it',
  )
})

test('an API that the cluster does not serve yet is said with the minor that does', () => {
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' }
  assert.equal(problemsOf(policy, '1.30'), [])
  assert.equal(problemsOf(policy, '1.29'), [
    'not-yet apiVersion: "admissionregistration.k8s.io/v1" "ValidatingAdmissionPolicy" is served from Kubernetes 1.30 on, the cluster runs 1.29',
  ])
  assert.is(problemsOf({ ...policy, kind: 'MutatingAdmissionPolicy' }, '1.35').length, 1)
  assert.equal(problemsOf({ ...policy, kind: 'ValidatingWebhookConfiguration' }, '1.20'), [])
})

test('minors compare as numbers', () => {
  const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }
  assert.is(problemsOf(budget, '1.9').length, 1)
  assert.is(problemsOf(budget, '1.21').length, 0)
  assert.is(problemsOf(budget, '1.100').length, 0)
  assert.is(problemsOf(budget, '2.0').length, 0)
})

test('a field newer than the cluster is found wherever a pod is described', () => {
  const sleep = podWith({ lifecycle: { preStop: { sleep: { seconds: 10 } } } })
  const fact = 'field "sleep" works from Kubernetes 1.30 on, the cluster runs 1.29'
  const kinds: readonly (readonly [object, string])[] = [
    [{ apiVersion: 'v1', kind: 'Pod', ...sleep }, 'spec'],
    [{ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: sleep } }, 'spec.template.spec'],
    [
      { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template: sleep } } } },
      'spec.jobTemplate.spec.template.spec',
    ],
  ]
  for (const [manifest, at] of kinds) {
    assert.equal(problemsOf(manifest, '1.29'), [`not-yet ${at}.containers[0].lifecycle.preStop.sleep: ${fact}`])
    assert.equal(problemsOf(manifest, '1.30'), [])
  }
})

test('a value can be newer than its field', () => {
  const service = (trafficDistribution: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    spec: { trafficDistribution },
  })
  assert.equal(problemsOf(service('PreferClose'), '1.33'), [])
  assert.equal(problemsOf(service('PreferSameNode'), '1.33'), [
    'not-yet spec.trafficDistribution: value "PreferSameNode" of field "trafficDistribution" works from Kubernetes 1.34 on, the cluster runs 1.33',
  ])
  assert.equal(problemsOf(service('PreferSameNode'), '1.34'), [])
})

test('a new field that is null is not used', () => {
  assert.equal(problemsOf({ apiVersion: 'v1', kind: 'Pod', ...podWith({}, { hostUsers: null }) }, '1.30'), [])
  assert.is(problemsOf({ apiVersion: 'v1', kind: 'Pod', ...podWith({}, { hostUsers: false }) }, '1.30').length, 1)
})

test('custom resources answer to their operator, not to the minor of the cluster', () => {
  const job = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledJob', spec: { jobTargetRef: { managedBy: 'a' } } }
  assert.equal(problemsOf(job, '1.20'), [])
})

test('what operators have removed or deprecated is said whatever the cluster runs', () => {
  const first = (apiVersion: string, kind: string) => problemsOf({ apiVersion, kind }, '1.36')[0]
  assert.is(
    first('traefik.containo.us/v1alpha1', 'IngressRoute'),
    'removed apiVersion: "traefik.containo.us/v1alpha1" "IngressRoute" is not served from Traefik 3.0 on, "traefik.io/v1alpha1" replaces it',
  )
  assert.is(
    first('external-secrets.io/v1beta1', 'ExternalSecret'),
    'removed apiVersion: "external-secrets.io/v1beta1" "ExternalSecret" is not served from External Secrets 0.17 on, "external-secrets.io/v1" replaces it',
  )
  assert.is(
    first('kyverno.io/v1', 'ClusterPolicy'),
    'deprecated apiVersion: "kyverno.io/v1" "ClusterPolicy" is deprecated from Kyverno 1.17 on, "policies.kyverno.io/v1" replaces it',
  )
  assert.is(first('external-secrets.io/v1', 'ExternalSecret'), undefined)
})

test('every date of the table is a version, and a removal comes after the deprecation', () => {
  const { apis, kubernetes } = registry.lifecycle
  assert.match(kubernetes, /^1\.\d+$/)
  const minorOf = (version: string | undefined) => Number(version?.split('.')[1] ?? Number.NaN)
  for (const { api, component, introduced, deprecated, removed } of apis) {
    for (const version of [introduced, deprecated, removed])
      if (version !== undefined) assert.match(version, /^\d+\.\d+$/, api)
    assert.ok(introduced !== undefined || deprecated !== undefined, api)
    if (component === undefined && removed !== undefined) assert.ok(minorOf(deprecated) < minorOf(removed), api)
  }
})

test.run()
