import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { differences } from '../src/promote/difference.ts'
import { EXAMPLES } from './example-platforms.ts'

const test = suite('words for kinds')

const UNKNOWN = /waybill (does not know|has no words)/

test('every kind that an example writes has words of its own, when it comes and when it goes', () => {
  const wordless = EXAMPLES.flatMap(({ index }) => {
    const manifests = index.sources.map(({ manifest }) => manifest)
    return [...differences([], manifests), ...differences(manifests, [])]
      .filter(({ risk }) => UNKNOWN.test(risk.reason))
      .map(({ object: { kind, group } }) => `${kind}.${group}`)
  })
  assert.equal([...new Set(wordless)], [])
})

test('of what an example brings new, only rights, sources and refusals are of high risk', () => {
  const kinds = EXAMPLES.flatMap(({ index }) =>
    differences(
      [],
      index.sources.map(({ manifest }) => manifest),
    )
      .filter(({ risk }) => risk.class === 'high' || risk.class === 'destructive')
      .map(({ object }) => object.kind),
  )
  const expected = [
    'Application',
    'ApplicationSet',
    'ClusterRole',
    'ClusterRoleBinding',
    'Role',
    'RoleBinding',
    'ValidatingAdmissionPolicyBinding',
  ]
  assert.equal(
    [...new Set(kinds)].sort().filter(kind => !expected.includes(kind)),
    [],
  )
})

const binding = (...validationActions: readonly string[]): Manifest => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'digest' },
  spec: { policyName: 'digest', validationActions },
})

/** `high: why`. */
function riskOf(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  return differences(before, after).map(({ risk }) => `${risk.class}: ${risk.reason}`)
}

test('an admission policy is as risky as what its binding does with it', () => {
  const [audit, deny] = [binding('Warn', 'Audit'), binding('Deny', 'Audit')]
  const table: readonly (readonly [readonly Manifest[], readonly Manifest[], string])[] = [
    [[], [audit], 'low: what breaks the policy is only told'],
    [[], [deny], 'high: the cluster refuses what breaks the policy'],
    [[], [binding()], 'low: what breaks the policy is only told'],
    [[audit], [], 'low: nobody is told of what breaks the policy'],
    [[deny], [], 'high: the cluster admits what breaks the policy'],
    [[audit], [deny], 'high: the cluster refuses what breaks the policy'],
    [[deny], [audit], 'high: the cluster admits what breaks the policy'],
    [[audit], [binding('Audit')], 'low: warns or records differently, and refuses as before'],
    [[deny], [binding('Deny')], 'low: warns or records differently, and refuses as before'],
  ]
  for (const [before, after, risk] of table) assert.equal(riskOf(before, after), [risk])
})

test('a policy alone does nothing until it is bound, and its rules may be what a binding denies by', () => {
  const policy = (expression: string): Manifest => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'digest' },
    spec: { validations: [{ expression }] },
  })
  assert.equal(riskOf([], [policy('true')]), ['low: its bindings say what becomes of manifests that break it'])
  assert.equal(riskOf([policy('true')], []), ['high: whatever its bindings refused is admitted'])
  assert.equal(
    [...new Set(riskOf([policy('true')], [policy('false')]))],
    ['medium: its bindings refuse or warn of other manifests'],
  )
})

test('a webhook that has to answer is riskier than one that may be down', () => {
  const webhook = (failurePolicy?: string): Manifest => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'w' },
    webhooks: [{ name: 'w', ...(failurePolicy === undefined ? {} : { failurePolicy }) }],
  })
  assert.match(riskOf([], [webhook('Ignore')])[0] ?? '', /^medium/)
  assert.match(riskOf([], [webhook('Fail')])[0] ?? '', /^high/)
  assert.match(riskOf([], [webhook()])[0] ?? '', /^high/, 'the default of the API')
})

test('a Redis takes its volumes with it unless it is told to keep them', () => {
  const redis = (keepAfterDelete?: boolean): Manifest => ({
    apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
    kind: 'RedisReplication',
    metadata: { name: 'sessions', namespace: 'a' },
    spec: { clusterSize: 3, storage: keepAfterDelete === undefined ? {} : { keepAfterDelete } },
  })
  assert.match(riskOf([redis()], [])[0] ?? '', /^destructive/)
  assert.match(riskOf([redis(false)], [])[0] ?? '', /^destructive/)
  assert.equal(riskOf([redis(true)], []), ['high: its clients no longer reach it; its volumes stay'])
})

test('sizing that only advises is told apart from sizing that restarts pods', () => {
  const sizing = (updateMode?: string): Manifest => ({
    apiVersion: 'autoscaling.k8s.io/v1',
    kind: 'VerticalPodAutoscaler',
    metadata: { name: 'v', namespace: 'a' },
    spec: {
      targetRef: { kind: 'Deployment', name: 'odoo-web' },
      ...(updateMode === undefined ? {} : { updatePolicy: { updateMode } }),
    },
  })
  assert.equal(riskOf([], [sizing('Off')]), ['low: sizes are advised, and none is changed'])
  assert.equal(riskOf([], [sizing()]), ['medium: pods restart with other sizes'])
  assert.equal(riskOf([sizing('Off')], [sizing('Recreate')]), ['medium: pods restart with other sizes'])
  assert.is(differences([], [sizing()])[0]?.subject, 'odoo-web')
})

test.run()
