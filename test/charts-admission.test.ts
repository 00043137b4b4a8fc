import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rulingsIn, singlePolicies } from '../src/cli/admission.ts'
import { bakedPolicies } from '../src/cli/catalogue.ts'
import { admissionPolicy } from '../src/lint/admission-policy.ts'
import { lint } from '../src/lint/engine.ts'
import type { Finding } from '../src/lint/finding.ts'
import { parsePage } from '../src/lint/page.ts'
import type { Policy } from '../src/lint/policy.ts'
import { readWaivers } from '../src/lint/waiver.ts'
import type { Manifest, Source } from '../src/manifest/manifest.ts'
import { indexOf, namespaceOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { formatPath } from '../src/manifest/path.ts'
import { type Fields, fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { registryOf } from '../src/schema/registry.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'
import type { Platform } from '../src/spec/platform.ts'
import { settlePlatform } from '../src/spec/platform-settings.ts'
import { readPlatform } from '../src/spec/read.ts'
import { type Unit, unitNamed } from '../src/spec/unit.ts'
import { render } from '../src/synth/render.ts'
import type { TreeReader } from '../src/synth/tree.ts'
import { localDigest } from '../src/synth/unit-file.ts'
import { BAKERY } from './charts-unit.ts'
import { defaulted } from './defaulted.ts'

/** A platform of one environment that says this under `environments.production`. */
function platformOf(environment: string, files: Readonly<Record<string, string>> = {}): Platform {
  const text = BAKERY.replace('tenants:', `environments: {production: ${environment}}\ntenants:`)
  const platform = readPlatform(new Map([['platform.yaml', text]]), () => undefined)
  return { ...platform, admission: () => ({ rulings: rulingsIn(treeOf(files)), builtIn: singlePolicies() }) }
}

function treeOf(files: Readonly<Record<string, string>>): TreeReader {
  const below = (folder: string) => new Map(Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`)))
  return {
    read: path => files[path],
    files: folder => [...below(folder).keys()].map(path => path.slice(folder.length + 1)),
    names: folder => [...below(folder).keys()].map(path => path.slice(folder.length + 1)),
    below,
  }
}

function unitIn(platform: Platform, name = 'platform'): Unit {
  const [production] = platform.environments
  const unit = production && unitNamed(platform, production, name)
  if (unit === undefined) throw new Error(`no ${name}`)
  return unit
}

/** The policies and bindings that the platform unit writes. */
function admissionIn(platform: Platform): Manifest[] {
  return [...render(unitIn(platform), 'test', platform.locate)]
    .filter(([path]) => path.includes('validatingadmissionpolicy'))
    .flatMap(([path, text]) => parseManifests(path, text).sources.map(({ manifest }) => manifest))
}

const policiesAmong = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
const bindingsAmong = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')

const actionsOf = (manifests: readonly Manifest[], name: string) =>
  bindingsAmong(manifests)
    .filter(({ metadata }) => metadata.name === name)
    .map(({ spec }) => fieldsOf(spec).validationActions)

const STRICT = admissionIn(platformOf('{profile: strict, admission: {}}'))

test('a cluster is told of no policy unless its environment says so', () => {
  const silent = platformOf('{profile: strict}')
  assert.equal(admissionIn(silent), [])
  assert.is(unitIn(silent).local.judgement, undefined)
  assert.is(unitIn(silent).builtIn, undefined)
})

test('the cluster is told of exactly the policies of single objects that the profile of its environment asks for', () => {
  const named = (platform: Platform) =>
    policiesAmong(admissionIn(platform)).map(({ metadata }) => metadata.name.replace('platform-', ''))
  for (const profile of ['lite', 'standard', 'strict'] as const) {
    const wanted = bakedPolicies().admission.filter(({ severity }) => severity[profile] !== 'off')
    assert.equal(
      named(platformOf(`{profile: ${profile}, admission: {}}`)).sort(),
      wanted.map(({ name }) => name).sort(),
      profile,
    )
  }
  const tuned = named(platformOf('{profile: lite, policies: {digest: error, latest-tag: off}, admission: {}}'))
  assert.ok(tuned.includes('digest'))
  assert.not.ok(tuned.includes('latest-tag'))
})

test('bindings audit and warn in the namespaces of the environment, and refuse nothing unless told to', () => {
  for (const { spec } of bindingsAmong(STRICT)) {
    assert.equal(fieldsOf(spec).validationActions, ['Audit', 'Warn'])
    assert.equal(fieldsOf(fieldsOf(spec).matchResources).namespaceSelector, {
      matchExpressions: [{ key: 'waybill.dev/environment', operator: 'In', values: ['production'] }],
    })
  }
  const audited = admissionIn(platformOf('{admission: {actions: [audit]}}'))
  for (const { spec } of bindingsAmong(audited)) assert.equal(fieldsOf(spec).validationActions, ['Audit'])
})

test('the policies stand before what they look at: in the wave of namespaces, ahead of data and workloads', () => {
  for (const { metadata } of STRICT) {
    assert.is(labelsOf(metadata.annotations)['argocd.argoproj.io/sync-wave'], '-20', metadata.name)
    assert.is(metadata.namespace, undefined)
  }
})

test('a cluster refuses from the severity that it is told, and never what stands in no namespace', () => {
  const from = (deny: string) => admissionIn(platformOf(`{profile: strict, admission: {deny: ${deny}}}`))
  const errors = from('error')
  assert.equal(actionsOf(errors, 'platform-digest'), [['Deny', 'Audit']], 'Deny and Warn do not go together')
  assert.equal(actionsOf(errors, 'platform-read-only-root'), [['Audit', 'Warn']], 'a warning')
  assert.equal(actionsOf(from('warning'), 'platform-read-only-root'), [['Deny', 'Audit']])
  assert.equal(actionsOf(errors, 'platform-cluster-admin'), [['Audit', 'Warn']], 'cluster role bindings alone')
  assert.equal(actionsOf(errors, 'platform-wildcard-role'), [['Deny', 'Audit']], 'roles')
  assert.equal(actionsOf(errors, 'platform-wildcard-role.cluster'), [['Audit', 'Warn']], 'cluster roles')
  const role = (kind: string, more: object) =>
    manifest({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, rules: [{ verbs: ['*'], resources: ['pods'] }] }, more)
  const said = (source: Source) =>
    [...told(errors, 'wildcard-role').judge(worldOf([source]))].flatMap(verdict =>
      'actions' in verdict ? verdict.actions : [],
    )
  assert.equal(said(role('Role', { namespace: 'shop' })), ['Deny', 'Audit'])
  assert.equal(said(role('ClusterRole', {})), ['Warn', 'Audit'])
})

const NOWHERE = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } }

function manifest(fields: Fields & { readonly apiVersion: string; readonly kind: string }, metadata: object): Source {
  const made = { ...fields, metadata: { name: 'web', ...metadata } } as Manifest
  return { file: 'made.yaml', manifest: made, range: () => NOWHERE }
}

test('no policy of a cluster selects pods or replica sets, however it is written', () => {
  const wild = own('everything', { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] })
  const both = own('both', {
    apiGroups: ['', 'apps'],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['pods', 'pods/*', 'deployments'],
  })
  const told = admissionIn(
    platformOf('{profile: strict, admission: {}}', { 'policies/own.yaml': `${wild}---\n${both}` }),
  )
  const made = [
    manifest({ apiVersion: 'v1', kind: 'Pod', spec: {} }, { namespace: 'shop' }),
    manifest({ apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: {} }, { namespace: 'shop' }),
  ]
  const deployment = manifest({ apiVersion: 'apps/v1', kind: 'Deployment', spec: {} }, { namespace: 'shop' })
  for (const policy of policiesAmong(told)) {
    const refusing = admissionPolicy(refusingAll(policy), { bindings: bindingsAmong(told) })
    const refused = [...refusing.judge(worldOf(made))].filter(({ source }) => made.includes(source))
    assert.equal(refused, [], policy.metadata.name)
    const rules = listOf(fieldsOf(fieldsOf(policy.spec).matchConstraints).resourceRules).map(fieldsOf)
    assert.ok(rules.length > 0)
    for (const { operations } of rules) {
      assert.equal(
        listOf(operations).filter(operation => !['CREATE', 'UPDATE'].includes(String(operation))),
        [],
      )
    }
  }
  const [everything] = policiesAmong(told).filter(({ metadata }) => metadata.name === 'platform-everything')
  const [excluded] = listOf(fieldsOf(fieldsOf(everything?.spec).matchConstraints).excludeResourceRules).map(fieldsOf)
  assert.equal(excluded?.resources, ['pods', 'pods/*', 'replicasets', 'replicasets/*'])
  for (const name of ['platform-everything', 'platform-both']) {
    const [policy] = policiesAmong(told).filter(({ metadata }) => metadata.name === name)
    assert.ok(policy, name)
    const refusing = admissionPolicy(refusingAll(policy), { bindings: bindingsAmong(told) })
    assert.ok(
      [...refusing.judge(worldOf([deployment]))].some(({ source }) => source === deployment),
      name,
    )
  }
})

function refusingAll(policy: Manifest): Manifest {
  return { ...policy, spec: { ...fieldsOf(policy.spec), validations: [{ expression: 'false' }] } }
}

function own(name: string, rule: object, more = ''): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: ${name}}
spec:
${more}  matchConstraints: {resourceRules: [${JSON.stringify(rule)}]}
  validations: [{expression: "object.metadata.name != 'web'", message: web is no name}]
`
}

test('what the cluster is told is what its API takes', () => {
  const registry = registryOf(builtSchemas())
  const all = admissionIn(platformOf('{profile: strict, admission: {deny: warning}}', { 'waivers.yaml': WAIVERS }))
  assert.ok(all.length > 40)
  for (const one of all) {
    const result = validate(registry, one)
    assert.equal(result.outcome === 'unknown' ? 'unknown' : result.problems, [], one.metadata.name)
    assert.match(one.metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
    assert.ok(one.metadata.name.length <= 253)
  }
  const names = new Set(policiesAmong(all).map(({ metadata }) => metadata.name))
  for (const { spec } of bindingsAmong(all)) {
    assert.ok(names.has(String(fieldsOf(spec).policyName)))
    const actions = listOf(fieldsOf(spec).validationActions)
    assert.ok(actions.length > 0 && !(actions.includes('Deny') && actions.includes('Warn')))
  }
  for (const policy of policiesAmong(all)) {
    const { matchConditions, validations } = fieldsOf(policy.spec)
    const conditions = listOf(matchConditions).map(fieldsOf)
    assert.ok(conditions.length <= 64)
    assert.is(new Set(conditions.map(({ name }) => name)).size, conditions.length, policy.metadata.name)
    for (const { name } of conditions) assert.match(String(name), /^([a-z0-9.-]+\/)?[A-Za-z0-9][-A-Za-z0-9_.]*$/)
    for (const { message } of listOf(validations).map(fieldsOf)) assert.not.match(String(message), /\n/)
    assert.equal(admissionPolicy(policy, { bindings: bindingsAmong(all) }).problems, [], policy.metadata.name)
  }
})

/** The policy of that name as the cluster was told of it, with its bindings. */
function told(manifests: readonly Manifest[], name: string): Policy & ReturnType<typeof admissionPolicy> {
  const [policy] = policiesAmong(manifests).filter(({ metadata }) => metadata.name === `platform-${name}`)
  if (policy === undefined) throw new Error(`the cluster was not told of ${name}`)
  return admissionPolicy(policy, { bindings: bindingsAmong(manifests) })
}

/** An environment whose namespaces are those of the platform. */
function worldOf(sources: readonly Source[], environment = 'production') {
  const label = { 'waybill.dev/environment': environment }
  const labelled = sources.map(source => {
    const { manifest, ...rest } = source
    if (manifest.kind !== 'Namespace') return source
    const { labels, ...metadata } = manifest.metadata
    return { ...rest, manifest: { ...manifest, metadata: { ...metadata, labels: { ...labelsOf(labels), ...label } } } }
  })
  const there = new Set(
    labelled.filter(({ manifest }) => manifest.kind === 'Namespace').map(({ manifest }) => manifest.metadata.name),
  )
  const missing = [...new Set(sources.map(namespaceOf))].filter(name => !there.has(name))
  const made = missing.map(name => ({
    file: 'namespaces.yaml',
    manifest: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: label } } as Manifest,
    range: () => NOWHERE,
  }))
  return indexOf([...labelled, ...made], { profile: 'strict', name: environment })
}

const folder = fileURLToPath(new URL('../../policies/', import.meta.url))
const shown = ({ manifest: given, range }: Source): Source => ({ file: 'cluster', manifest: defaulted(given), range })

/** What a policy says of objects that people make. */
function saidBy(policy: Policy, sources: readonly Source[]): string[] {
  return [...policy.judge(worldOf(sources))].flatMap(verdict => {
    const { kind, metadata } = verdict.source.manifest
    if (kind === 'Pod' || kind === 'ReplicaSet') return []
    assert.ok('violation' in verdict, JSON.stringify(verdict))
    return [`${kind}/${metadata.name} ${formatPath(verdict.violation.at)}: ${verdict.violation.message}`]
  })
}

for (const { name, family, manifest: builtIn } of bakedPolicies().admission) {
  test(`the cluster judges the examples of "${name}" as the desk does, as they are written and as it shows them`, () => {
    const { page } = parsePage(readFileSync(`${folder}${family}/${name}.md`, 'utf8'))
    const desk = admissionPolicy(builtIn)
    const cluster = told(STRICT, name)
    let said = 0
    for (const { yaml } of page.examples) {
      const { sources } = parseManifests('example.yaml', yaml)
      for (const given of [sources, sources.map(shown)]) {
        assert.equal(saidBy(cluster, given), saidBy(desk, given))
        said += saidBy(cluster, given).length
      }
    }
    assert.ok(said > 0, 'no example of it is anything but a pod')
  })
}

test('an object in a namespace that is not of the environment is no business of its cluster policies', () => {
  const source = manifest({ apiVersion: 'v1', kind: 'Service', spec: { type: 'NodePort' } }, { namespace: 'elsewhere' })
  assert.is([...told(STRICT, 'exposed-service').judge(worldOf([source]))].length, 1)
  assert.is([...told(STRICT, 'exposed-service').judge(worldOf([source], 'staging'))].length, 0)
})

const WAIVERS = `waivers:
  - {policy: digest, reason: r, owner: o, expires: "2020-01-01", target: {kind: Deployment, namespace: shop, name: old}}
  - {policy: digest, reason: r, owner: o, expires: "2999-01-01", target: {container: agent, tenant: acme}}
  - {policy: requests, reason: r, owner: o, expires: "2999-01-01", target: {environment: staging, kind: Deployment}}
  - {policy: seccomp, reason: r, owner: o, expires: "2999-01-01", target: {name: old, field: spec.template.spec.containers}}
`

test('waivers are compiled into the policies that they are of, and those of another environment are not', () => {
  const waived = admissionIn(platformOf('{profile: strict, admission: {}}', { 'waivers.yaml': WAIVERS }))
  const text = (name: string, from = waived) =>
    JSON.stringify(policiesAmong(from).find(({ metadata }) => metadata.name === `platform-${name}`)?.spec)
  assert.match(text('digest'), /waybill.dev\/not-waived/)
  assert.match(text('digest'), /agent/)
  assert.match(text('seccomp'), /waybill.dev\/not-waived/)
  for (const name of ['requests', 'memory-limits']) assert.is(text(name), text(name, STRICT))
})

test('a waiver counts while it stands in waivers.yaml, whatever its date: no clock decides what is written', () => {
  const expired = platformOf('{profile: strict, admission: {}}', { 'waivers.yaml': WAIVERS })
  const removed = platformOf('{profile: strict, admission: {}}', { 'waivers.yaml': 'waivers: []\n' })
  const kept = JSON.stringify(admissionIn(expired))
  assert.match(kept, /\\"old\\"/)
  assert.not.match(JSON.stringify(admissionIn(removed)), /\\"old\\"/)
  assert.is.not(localDigest(unitIn(expired).local), localDigest(unitIn(removed).local))
  assert.is(
    localDigest(unitIn(expired, 'bakery').local),
    localDigest(unitIn(removed, 'bakery').local),
    'no tenant changes',
  )
  const other = platformOf('{profile: strict, admission: {}}', {
    'waivers.yaml': 'waivers: [{policy: replicas, reason: r, owner: o, expires: "2999-01-01", target: {name: web}}]\n',
  })
  assert.is(localDigest(unitIn(other).local), localDigest(unitIn(removed).local), 'a policy of a whole environment')
  assert.is(unitIn(expired).local.environment.admission !== undefined, true)
  assert.is(unitIn(expired, 'bakery').local.environment.admission, undefined)
})

/** Deployments of two tenants and two namespaces with images that are not pinned. */
const FLEET: readonly Source[] = ['old', 'new'].flatMap(name =>
  ['shop', undefined].flatMap(namespace =>
    ['acme', 'bolt'].map((tenant, index) =>
      manifest(
        {
          apiVersion: 'apps/v1',
          kind: index === 0 ? 'Deployment' : 'StatefulSet',
          spec: {
            template: {
              spec: {
                initContainers: [{ name: 'agent', image: 'a:1' }],
                containers: ['web', 'agent'].map(container => ({ name: container, image: 'b:2' })),
              },
            },
          },
        },
        {
          name: `${name}-${tenant}`,
          ...(namespace === undefined ? {} : { namespace }),
          labels: { 'waybill.dev/tenant': tenant },
        },
      ),
    ),
  ),
)

const targets = fc.record(
  {
    kind: fc.constantFrom('Deployment', 'StatefulSet'),
    namespace: fc.constantFrom('shop', 'default', 'elsewhere'),
    name: fc.constantFrom('old-acme', 'new-bolt', 'it"s'),
    container: fc.constantFrom('web', 'agent'),
    tenant: fc.constantFrom('acme', 'bolt'),
    environment: fc.constantFrom('production', 'staging'),
  },
  { requiredKeys: [] },
)

test('cluster and desk let the same objects through, whatever the waivers reach', () => {
  fc.assert(
    fc.property(fc.array(targets, { maxLength: 3 }), given => {
      const entries = given.map(target => ({
        policy: 'digest',
        reason: 'r',
        owner: 'o',
        expires: '2999-01-01',
        target,
      }))
      const file = JSON.stringify({ waivers: entries })
      const all = admissionIn(platformOf('{profile: strict, admission: {}}', { 'waivers.yaml': file }))
      const isTold = policiesAmong(all).some(({ metadata }) => metadata.name === 'platform-digest')
      const cluster = isTold ? saidBy(told(all, 'digest'), FLEET) : []
      assert.equal(cluster.sort(), openAtDesk(entries).sort())
    }),
    { numRuns: 60 },
  )
})

function openAtDesk(entries: readonly object[]): string[] {
  const [digest] = bakedPolicies().admission.filter(({ name }) => name === 'digest')
  if (digest === undefined) throw new Error('no policy "digest"')
  const { waivers } = readWaivers(entries.map(value => ({ value, file: 'waivers.yaml', range: NOWHERE })))
  const { findings } = lint({
    environments: [{ index: worldOf(FLEET), severityOverrides: {} }],
    policies: [admissionPolicy(digest.manifest)],
    waivers,
    today: '2026-06-15',
    complete: false,
    notEvaluated: [],
    notes: [],
    files: 1,
  })
  const saying = ({ object, at, message }: Finding) => {
    const [kind, ...rest] = object.split('/')
    return `${kind}/${rest.at(-1)} ${formatPath(at)}: ${message}`
  }
  return findings.filter(({ state, policy }) => state === 'open' && policy === 'digest').map(saying)
}

test('an annotation waives warnings about its own object in the cluster as at the desk, and no error', () => {
  const annotated = (policy: string, reason: string) =>
    FLEET.slice(0, 1).map(source => {
      const annotations = { 'waybill.dev/waive': `other: x; ${policy} : ${reason}` }
      return { ...source, manifest: { ...source.manifest, metadata: { ...source.manifest.metadata, annotations } } }
    })
  const said = (policy: string, reason: string) => saidBy(told(STRICT, policy), annotated(policy, reason)).length
  assert.is(said('read-only-root', 'writes its own cache'), 0)
  assert.is(said('read-only-root', ' '), 3, 'without a reason it accepts nothing')
  assert.is(said('digest', 'soon'), 3, 'an error is not for its author to accept')
})

test('policies of people are told too, by their own bindings, and those with parameters stay at the desk', () => {
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }
  const binding = (name: string, match: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: ${name}}
spec: {policyName: named, validationActions: [Deny], matchResources: ${match}}
`
  const asks = own('asking', rule, '  paramKind: {apiVersion: v1, kind: ConfigMap}\n')
  const asking = binding('asks', '{}').replace(
    'policyName: named',
    'policyName: asking, paramRef: {name: a, parameterNotFoundAction: Deny}',
  )
  const files = {
    'policies/a.yaml': [
      own('named', rule),
      binding('one', '{objectSelector: {matchLabels: {a: b}}}'),
      binding('two', '{}'),
    ].join('---\n'),
    'policies/b.yaml': `${asks}---\n${asking}`,
  }
  const all = admissionIn(platformOf('{profile: strict, admission: {}}', files))
  const names = policiesAmong(all).map(({ metadata }) => metadata.name)
  assert.ok(names.includes('platform-named'))
  assert.not.ok(names.includes('platform-asking'))
  const [first, second] = bindingsAmong(all).filter(({ spec }) => fieldsOf(spec).policyName === 'platform-named')
  assert.equal(fieldsOf(fieldsOf(first?.spec).matchResources).objectSelector, { matchLabels: { a: 'b' } })
  assert.equal(
    fieldsOf(first?.spec).validationActions,
    ['Audit', 'Warn'],
    'the environment says what becomes of findings',
  )
  assert.is(second?.metadata.name, 'platform-named.2')
})

test('a policy or a waiver that cannot be relied upon is no policy of a cluster, and the spec is refused', () => {
  const messages = (files: Readonly<Record<string, string>>) =>
    settlePlatform(unitIn(platformOf('{admission: {}}', files))).contradictions.map(({ message }) => message)
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }
  const broken = own('broken', rule).replace("object.metadata.name != 'web'", 'object.metadata.name !=')
  assert.match(messages({ 'policies/a.yaml': broken })[0] ?? '', /cannot be relied upon: policies\/a\.yaml: /)
  assert.match(messages({ 'waivers.yaml': 'waivers: [{policy: digest}]\n' })[0] ?? '', /waiver has no "reason"/)
  const long = own(`a${'b'.repeat(220)}`, rule)
  assert.match(messages({ 'policies/a.yaml': long })[0] ?? '', /230 characters, and 200 are the most/)
})

test.run()
