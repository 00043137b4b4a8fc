import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fields, fieldsOf, isFields, labelsOf, listOf } from '../src/manifest/value.ts'
import { TIERS } from '../src/spec/tier.ts'
import {
  around,
  at,
  BAKERY,
  everyUnit,
  ofKind,
  PROVIDER,
  platformUnitOf,
  podsOf,
  SHOPS,
  the,
  unitOf,
  type Written,
} from './charts-unit.ts'

const PLATFORM = platformUnitOf(SHOPS, 'production').written

/** Objects that operators make from ours: by kind, the names under which ours speak of them. */
const MADE_BY_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  // CloudNativePG makes a Service for the primary, and one for the pooler; the Redis operator one for the sentinels.
  Service: ['database-rw', 'database-pooler', 'sessions-sentinel'],
  // cert-manager makes the Secret that a Certificate names.
  Secret: ['odoo-tls'],
}

/** Values without those that are `undefined`, which mean the same as nothing. */
function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined)
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, defined(entry)]),
  )
}

test('nothing that a chart writes is lost on the way out', () => {
  const shared = ['dev', 'production'].flatMap(environment => platformUnitOf(PROVIDER, environment).written)
  for (const { manifest, given } of shared) assert.equal(manifest, defined(given))
  for (const [, { written }] of everyUnit()) {
    for (const { manifest, given } of written) assert.equal(manifest, defined(given))
  }
  for (const { manifest, given } of PLATFORM) assert.equal(manifest, defined(given))
})

test('every object has a name of its own and stands in a namespace of its tenant, or beside the servers that it shares', () => {
  for (const [unit, { written, settings }] of everyUnit()) {
    const home = `${settings.tenant}-${settings.environment}`
    const seen = new Set<string>()
    for (const { kind, name, namespace } of written) {
      const key = `${kind}/${namespace}/${name}`
      assert.not(seen.has(key), `${unit}: ${key} is written twice`)
      seen.add(key)
      const namespaces = ['app', 'data', ...(settings.recovery === undefined ? [] : ['restore'])].map(
        zone => `${home}-${zone}`,
      )
      const shared = `platform-${settings.environment}-data`
      const places = [...namespaces, ...(settings.servers === undefined ? [] : [shared])]
      if (kind === 'Namespace') assert.ok(namespaces.includes(name))
      else assert.ok(places.includes(String(namespace)), `${unit}: ${key}`)
      // Beside the servers that all share, names say whose they are.
      if (namespace === shared) assert.match(name, settings.tenant)
      assert.match(name, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    }
  }
})

test('every decision names a setting that was derived and a field that exists', () => {
  for (const [unit, { written, derivations }] of everyUnit()) {
    for (const { kind, name, manifest, decidedBy } of written) {
      assert.ok(decidedBy[''] !== undefined, `${unit}: ${kind}/${name} says not what decided it`)
      for (const [path, setting] of Object.entries(decidedBy)) {
        assert.ok(Object.hasOwn(derivations, setting), `${unit}: ${kind}/${name} rests on ${setting}`)
        const steps = path === '' ? [] : path.split(/[.[\]]+/).filter(step => step !== '')
        const value = at(manifest, ...steps.map(step => (/^\d+$/.test(step) ? Number(step) : step)))
        assert.ok(value !== undefined, `${unit}: ${kind}/${name} has no ${path}`)
      }
    }
  }
})

test('the smallest platform stays small', () => {
  const { written } = unitOf(BAKERY, 'bakery', 'production')
  const all = written.length + platformUnitOf(BAKERY, 'production').written.length
  assert.ok(all <= 70, String(all))
})

function matches(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labelsOf(selector)).every(([key, value]) => labels[key] === value)
}

test('selectors select the pods that they are meant for, and stay clear of labels that a decision may change', () => {
  for (const [unit, { written }] of everyUnit()) {
    const pods = podsOf(written)
    for (const { object, labels, spec } of pods) {
      if (object.kind === 'Job' || object.kind === 'CronJob') continue
      const selector = at(object.manifest, 'spec', 'selector', 'matchLabels')
      assert.ok(matches(selector, labels), `${unit}: ${object.name}`)
      assert.equal(
        Object.keys(labelsOf(selector)).filter(key => /tier|cost-center|environment/.test(key)),
        [],
      )
      for (const constraint of listOf(spec.topologySpreadConstraints)) {
        assert.equal(at(constraint, 'labelSelector', 'matchLabels'), selector)
      }
    }
    for (const kind of ['Service', 'PodDisruptionBudget']) {
      for (const { name, namespace, manifest } of ofKind(written, kind)) {
        const selector = at(manifest, 'spec', 'selector')
        const wanted = kind === 'Service' ? selector : at(selector, 'matchLabels')
        const selected = pods.filter(pod => pod.object.namespace === namespace && matches(wanted, pod.labels))
        // The operator of PostgreSQL makes the pods of the pooler.
        if (name === 'database-pooler') assert.equal(wanted, { 'cnpg.io/poolerName': name })
        else
          assert.equal(
            selected.map(({ object }) => object.name),
            [name],
            `${unit}: ${kind}/${name}`,
          )
      }
    }
  }
})

/** Every reference to another object of the same namespace: its kind, its name, and the key in it. */
function referencesOf({ kind, manifest }: Written): [string, string, string | undefined][] {
  const found: [string, string, string | undefined][] = []
  const refer = (to: string, name: unknown, key?: unknown) => {
    if (name !== undefined) found.push([to, String(name), key === undefined ? undefined : String(key)])
  }
  const walk = (value: unknown, field: string) => {
    if (Array.isArray(value)) for (const entry of value) walk(entry, field)
    if (!isFields(value)) return
    if (field === 'secretKeyRef' || field === 'redisSecret') refer('Secret', value.name, value.key)
    if (field === 'accessKeyId' || field === 'secretAccessKey') refer('Secret', value.name, value.key)
    if (['routingKey', 'apiURL', 'urlSecret'].includes(field)) refer('Secret', value.name, value.key)
    if (field === 'configMap') refer('ConfigMap', value.name)
    if (field === 'customQueriesConfigMap') refer('ConfigMap', value.name, value.key)
    if (field === 'middlewares') refer('Middleware', value.name)
    if (field === 'options') refer('TLSOption', value.name)
    if (field === 'cluster') refer('Cluster', value.name)
    if (field === 'secret' && kind === 'Cluster') refer('Secret', value.name)
    if (field === 'services') {
      refer('Service', value.name, value.port)
      refer('ServersTransport', value.serversTransport)
    }
    refer('Secret', value.secretName)
    refer('Secret', value.serverCASecret)
    refer('PersistentVolumeClaim', value.claimName)
    refer('ServiceAccount', value.serviceAccountName)
    refer('PriorityClass', value.priorityClassName)
    refer('ObjectStore', value.barmanObjectName)
    refer('ConfigMap', value.additionalRedisConfig)
    refer('RedisReplication', value.redisReplicationName)
    if (field === 'scaleTargetRef') refer('Deployment', value.name)
    if (field === 'targetRef') refer(String(value.kind), value.name)
    if (field === 'imagePullSecrets' || field === 'passwordSecret') refer('Secret', value.name)
    for (const [name, entry] of Object.entries(value)) walk(entry, name)
  }
  if (kind !== 'ExternalSecret' && kind !== 'Certificate') walk(manifest.spec, 'spec')
  if (kind === 'RoleBinding') refer('Role', at(manifest, 'roleRef', 'name'))
  return found
}

/** The keys of a Secret or ConfigMap, or the ports of a Service; `undefined` when there is no such object. */
function keysOf(written: readonly Written[], kind: string, name: string, namespace: string | undefined) {
  const made = kind === 'Secret' ? 'ExternalSecret' : kind
  const found = [...written, ...PLATFORM].find(
    object => object.kind === made && object.name === name && (object.namespace ?? namespace) === namespace,
  )
  if (found === undefined) return MADE_BY_OPERATORS[kind]?.includes(name) ? [] : undefined
  if (kind === 'Service') return listOf(at(found.manifest, 'spec', 'ports')).map(port => String(at(port, 'port')))
  const template = at(found.manifest, 'spec', 'target', 'template', 'data')
  if (kind === 'Secret' && template === undefined) {
    return listOf(at(found.manifest, 'spec', 'data')).map(entry => String(at(entry, 'secretKey')))
  }
  return Object.keys(fieldsOf(kind === 'Secret' ? template : found.manifest.data))
}

test('whatever an object refers to is in the unit, or is made by an operator from something that is', () => {
  for (const [unit, each] of everyUnit()) {
    const written = around(each)
    let count = 0
    for (const object of each.written) {
      for (const [kind, name, key] of referencesOf(object)) {
        const place = `${unit}: ${object.kind}/${object.name} refers to ${kind}/${name}`
        const keys = keysOf(written, kind, name, object.namespace)
        assert.ok(keys !== undefined, place)
        if (key !== undefined && keys !== undefined && keys.length > 0)
          assert.ok(keys.includes(key), `${place}: ${key}`)
        count += 1
      }
    }
    assert.ok(count > 60, `${unit} has ${count} references`)
  }
  for (const environment of ['dev', 'production']) {
    const { written } = platformUnitOf(PROVIDER, environment)
    for (const object of written) {
      for (const [kind, name] of referencesOf(object)) {
        const place = `${object.kind}/${object.name} refers to ${kind}/${name}`
        assert.ok(keysOf(written, kind, name, object.namespace) !== undefined, place)
      }
    }
  }
})

test('what operators are said to make, they are told to make', () => {
  for (const [, unit] of everyUnit()) {
    const { settings } = unit
    const written = around(unit)
    assert.is(at(the(written, 'Certificate', 'odoo-tls'), 'spec', 'secretName'), 'odoo-tls')
    assert.is(ofKind(written, 'Cluster')[0]?.name, 'database')
    assert.is(ofKind(written, 'Pooler').length, settings.pooler === undefined ? 0 : 1)
    const sentinel = ofKind(written, 'RedisSentinel').map(({ name }) => `${name}-sentinel`)
    assert.equal(sentinel, settings.sessions === 'redis' && settings.tier === 'gold' ? ['sessions-sentinel'] : [])
  }
})

const WAVE = 'argocd.argoproj.io/sync-wave'

function waveOf({ manifest }: Pick<Written, 'manifest'>): number {
  return Number(labelsOf(fieldsOf(manifest.metadata).annotations)[WAVE])
}

test('what the migration needs is there before it, and what needs the migration comes after', () => {
  for (const [, { written, settings }] of everyUnit()) {
    const [job] = ofKind(written, 'Job')
    assert.ok(job !== undefined)
    if (job === undefined) return
    assert.is(job.name, `odoo-migrate-${settings.release.id}`)
    assert.is(waveOf(job), 0)
    const names = referencesOf(job).map(([, name]) => name)
    for (const object of written) {
      assert.ok(Number.isInteger(waveOf(object)), `${object.kind}/${object.name} has no wave`)
      if (object.kind === 'Deployment') assert.ok(waveOf(object) > 0)
      if (['Cluster', 'Pooler', 'NetworkPolicy', 'Backup'].includes(object.kind)) assert.ok(waveOf(object) < 0)
      const used = names.includes(object.name) && object.namespace === job.namespace
      if (used && object.kind !== 'PersistentVolumeClaim') assert.ok(waveOf(object) < 0, object.name)
    }
    for (const kind of ['IngressRoute', 'Certificate']) {
      for (const object of ofKind(written, kind)) assert.ok(waveOf(object) > 10)
    }
  }
})

test('what cannot be made again is neither pruned nor deleted by a mistake in Git', () => {
  for (const [, { written }] of everyUnit()) {
    for (const { kind, name, manifest } of written) {
      // The server for readers comes up again by itself from those that it follows.
      if (name === 'analytics') continue
      if (!['Namespace', 'Cluster', 'PersistentVolumeClaim', 'RedisReplication', 'StatefulSet'].includes(kind)) continue
      const options = labelsOf(fieldsOf(manifest.metadata).annotations)['argocd.argoproj.io/sync-options']
      assert.is(options, 'Prune=false,Delete=false')
    }
  }
})

test('no secret is written down: passwords come from the store, and never stand among arguments', () => {
  for (const [unit, { written }] of everyUnit()) {
    assert.equal(ofKind(written, 'Secret'), [])
    for (const { containers, initContainers } of podsOf(written)) {
      for (const container of [...containers, ...initContainers]) {
        const variables = listOf(container.env).filter(isFields)
        for (const { name, value } of variables) {
          assert.not.ok(/PASSWORD|SECRET|TOKEN/.test(String(name)) && value !== undefined, `${unit}: ${String(name)}`)
          assert.not(['PASSWORD', 'USER', 'HOST'].includes(String(name)), 'the image turns these into arguments')
          assert.not.match(String(value ?? ''), /:\/\/[^/@]*:[^/@]*@/)
        }
        for (const argument of [...listOf(container.args), ...listOf(container.command)]) {
          assert.not.match(String(argument), /passw|-w=|requirepass/i)
        }
      }
    }
    for (const { manifest } of ofKind(written, 'ExternalSecret')) {
      for (const [key, text] of Object.entries(labelsOf(at(manifest, 'spec', 'target', 'template', 'data')))) {
        const lines = text.includes('\n') ? text.split('\n') : [`${key} ${text}`]
        for (const line of lines.filter(each => /passw|requirepass/.test(each))) {
          assert.match(line, /^\w+ (= )?\{\{ \.\w+ \}\}$/, `${unit}: ${line}`)
        }
      }
    }
  }
})

test('every namespace enforces the restricted Pod Security level, and say whose they are', () => {
  const { written } = unitOf(SHOPS, 'acme', 'production')
  const namespaces = ofKind(written, 'Namespace').map(({ manifest }) => labelsOf(fieldsOf(manifest.metadata).labels))
  assert.equal(
    namespaces.map(labels => labels['waybill.dev/zone']),
    ['app', 'data', 'restore'],
  )
  for (const labels of namespaces) {
    assert.is(labels['pod-security.kubernetes.io/enforce'], 'restricted')
    assert.is(labels['waybill.dev/data-class'], 'confidential')
    assert.is(labels['waybill.dev/tenant'], 'acme')
    assert.is(labels['waybill.dev/environment'], 'production')
    assert.is(labels['waybill.dev/tier'], 'gold')
    assert.is(labels['waybill.dev/cost-center'], 'CC-17')
  }
})

test('pods run under the restricted Pod Security level, on a file system that they cannot write', () => {
  for (const [unit, { written, settings }] of everyUnit()) {
    for (const { object, spec, containers, initContainers } of podsOf(written)) {
      const place = `${unit}: ${object.name}`
      const restores = object.namespace?.endsWith('-restore') === true
      const speaks = restores || /^database-(wake|sleep)|^failover-test$/.test(object.name)
      assert.is(spec.automountServiceAccountToken, speaks, `${place}: few speak with the API server`)
      assert.is(spec.enableServiceLinks, false, place)
      const rehearses = object.kind === 'CronJob' && object.namespace?.endsWith('-app') === true
      assert.is(spec.priorityClassName, `waybill-${restores || rehearses ? 'bronze' : settings.tier}`, place)
      const pod = fieldsOf(spec.securityContext)
      assert.is(pod.runAsNonRoot, true, place)
      assert.ok(Number(pod.runAsUser) > 0 && Number(pod.runAsGroup) > 0, place)
      assert.equal(pod.seccompProfile, { type: 'RuntimeDefault' }, place)
      for (const container of [...containers, ...initContainers]) {
        const security = fieldsOf(container.securityContext)
        assert.is(security.allowPrivilegeEscalation, false, place)
        assert.is(security.readOnlyRootFilesystem, true, place)
        assert.equal(at(security, 'capabilities'), { drop: ['ALL'] }, place)
        assert.match(String(container.image), /@sha256:[0-9a-f]{64}$/, place)
        const { requests, limits } = fieldsOf(container.resources)
        assert.ok(at(requests, 'cpu') !== undefined && at(requests, 'memory') !== undefined, place)
        assert.equal(Object.keys(fieldsOf(limits)), ['memory'], place)
      }
    }
  }
})

test('no ServiceAccount hands out a token, the default one of each namespace included', () => {
  for (const [, { written }] of everyUnit()) {
    const accounts = ofKind(written, 'ServiceAccount')
    assert.is(accounts.filter(({ name }) => name === 'default').length, ofKind(written, 'Namespace').length)
    for (const { manifest } of accounts) assert.is(manifest.automountServiceAccountToken, false)
  }
})

test('a platform unit gives every tier its priority, in the order of the tiers, and the lowest one evicts nobody', () => {
  const classes = ofKind(PLATFORM, 'PriorityClass')
  assert.equal(
    classes.map(({ name }) => name),
    TIERS.map(tier => `waybill-${tier}`),
  )
  const values = classes.map(({ manifest }) => Number(manifest.value))
  assert.equal(
    values,
    [...values].sort((left, right) => left - right),
  )
  assert.equal(
    classes.map(({ manifest }: { manifest: Fields }) => manifest.preemptionPolicy),
    ['Never', 'PreemptLowerPriority', 'PreemptLowerPriority', 'PreemptLowerPriority'],
  )
})

test.run()
