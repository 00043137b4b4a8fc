import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from '../src/manifest/manifest.ts'
import { type FieldPath, formatPath, valueAt } from '../src/manifest/path.ts'
import { isFields } from '../src/manifest/value.ts'
import { formatNamed } from '../src/schema/format.ts'
import { visitPlaces } from '../src/schema/places.ts'
import { registryOf } from '../src/schema/registry.ts'
import type { Schema } from '../src/schema/schema.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'

const files = builtSchemas()
const registry = registryOf(files)

/** The least that each of these kinds takes: the ones that platforms are made of most. */
const NATIVE = manifests(`
{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { odoo.conf: "[options]" } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: a }, type: Opaque, stringData: { password: a } }
---
{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { selector: { app: a }, ports: [{ port: 8069, targetPort: http }] } }
---
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: a }, automountServiceAccountToken: false }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: a, labels: { a: b } } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: { containers: [{ name: a, image: a }] } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: a }
spec: { accessModes: [ReadWriteMany], resources: { requests: { storage: 10Gi } } }
---
{ apiVersion: v1, kind: PersistentVolume, metadata: { name: a }, spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce], hostPath: { path: /a } } }
---
{ apiVersion: v1, kind: ResourceQuota, metadata: { name: a }, spec: { hard: { requests.cpu: 4, pods: "20" } } }
---
{ apiVersion: v1, kind: LimitRange, metadata: { name: a }, spec: { limits: [{ type: Container, default: { cpu: 500m } }] } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: a }
spec: { selector: { matchLabels: { app: a } }, template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: a }] } } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: a }
spec:
  serviceName: a
  selector: { matchLabels: { app: a } }
  template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: a }] } }
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: a }
spec: { selector: { matchLabels: { app: a } }, template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: a }] } } }
---
{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, spec: { backoffLimit: 0, template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: a }
spec: { schedule: 0 3 * * *, timeZone: Europe/Paris, jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: a }
spec: { rules: [{ host: a.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: a, port: { name: http } } } }] } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: a }
spec: { podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ protocol: TCP, port: 8069, endPort: 8072 }] }] }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: a }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: a }
  maxReplicas: 4
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
---
{ apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: { name: a }, spec: { maxUnavailable: 1, selector: { matchLabels: { app: a } } } }
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: a }, rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: a }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: a }
subjects: [{ kind: ServiceAccount, name: a, namespace: a }]
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: a }, rules: [{ nonResourceURLs: [/metrics], verbs: [get] }] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: a }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a }
subjects: [{ kind: Group, name: a, apiGroup: rbac.authorization.k8s.io }]
---
{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: a }, provisioner: a, parameters: { encrypted: "true" } }
---
{ apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: { name: a }, value: 1000, description: database }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: a }
spec: { matchConstraints: { resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }] }, validations: [{ expression: "true" }] }
---
{ apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: { name: a }, spec: { policyName: a, validationActions: [Audit, Warn] } }
`)

/** One manifest of each operator that a platform leans on: from the packages, and from our own definitions. */
const OPERATORS = manifests(`
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: db }
spec:
  description: orders
  imageCatalogRef: { apiGroup: postgresql.cnpg.io, kind: ImageCatalog, name: pg, major: 17 }
  storage: { size: 10Gi }
  postgresql: { parameters: { max_connections: "250" }, synchronous: { method: any, number: 1, dataDurability: required } }
  plugins: [{ name: barman-cloud.cloudnative-pg.io, isWALArchiver: true, parameters: { barmanObjectName: store } }]
---
apiVersion: postgresql.cnpg.io/v1
kind: Pooler
metadata: { name: pooler }
spec: { cluster: { name: db }, type: rw, instances: 2, pgbouncer: { poolMode: transaction, parameters: { max_client_conn: "600" } } }
---
apiVersion: postgresql.cnpg.io/v1
kind: ScheduledBackup
metadata: { name: daily }
spec: { schedule: 0 30 1 * * *, cluster: { name: db }, method: plugin, pluginConfiguration: { name: barman-cloud.cloudnative-pg.io } }
---
apiVersion: postgresql.cnpg.io/v1
kind: DatabaseRole
metadata: { name: reader }
spec: { name: reader, cluster: { name: db }, login: true, connectionLimit: 5, passwordSecret: { name: reader }, databaseRoleReclaimPolicy: retain }
---
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: { name: store }
spec:
  retentionPolicy: 35d
  configuration:
    destinationPath: s3://bucket/db
    s3Credentials: { inheritFromIAMRole: true }
    wal: { compression: zstd, maxParallel: 4 }
    data: { compression: snappy, jobs: 4 }
  instanceSidecarConfiguration: { env: [{ name: A, value: b }], resources: { limits: { memory: 512Mi } } }
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: { name: web }
spec:
  ingressClassName: traefik
  entryPoints: [websecure]
  routes: [{ kind: Rule, match: Host(\`a.example\`), priority: 10, middlewares: [{ name: headers }], services: [{ name: web, port: 8069, strategy: p2c }] }]
  tls: { secretName: tls, options: { name: modern } }
---
{ apiVersion: traefik.io/v1alpha1, kind: Middleware, metadata: { name: waf }, spec: { plugin: { coraza: { directives: [a, 1, { b: c }] } } } }
---
{ apiVersion: traefik.io/v1alpha1, kind: ServersTransport, metadata: { name: long }, spec: { forwardingTimeouts: { responseHeaderTimeout: 250s } } }
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: tls }
spec: { secretName: tls, dnsNames: [a.example], issuerRef: { name: issuer, kind: ClusterIssuer } }
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: conf }
spec:
  refreshPolicy: Periodic
  refreshInterval: 1h
  secretStoreRef: { name: vault, kind: ClusterSecretStore }
  target: { creationPolicy: Owner, deletionPolicy: Retain, template: { engineVersion: v2, data: { odoo.conf: a } } }
  data: [{ secretKey: password, remoteRef: { key: acme/db, property: password } }]
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: { name: vault }
spec: { provider: { vault: { server: "https://vault.example", auth: { kubernetes: { role: erp } } } } }
---
{ apiVersion: generators.external-secrets.io/v1alpha1, kind: Password, metadata: { name: admin }, spec: { digits: 5 } }
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: web }
spec: { scaleTargetRef: { name: web }, triggers: [{ type: cron, metadata: { timezone: Europe/Paris, start: 30 7 * * 1-5, end: 30 19 * * 1-5, desiredReplicas: "1" } }] }
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: db }
spec: { selector: { matchLabels: { cnpg.io/cluster: db } }, podMetricsEndpoints: [{ port: metrics }] }
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: alerts }
spec: { groups: [{ name: db, rules: [{ alert: Lag, expr: lag > 300, for: 5m, labels: { severity: critical } }] }] }
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: acme }
spec: { description: acme, syncWindows: [{ kind: deny, schedule: 0 0 * * *, duration: 24h, timeZone: Europe/Paris, applications: ["*"] }] }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: acme }
spec: { interval: 10m, prune: true, sourceRef: { kind: GitRepository, name: platform }, path: ./environments }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: traefik }
spec: { interval: 10m, chart: { spec: { chart: traefik, sourceRef: { kind: HelmRepository, name: traefik }, verify: {} } }, values: { anything: [1, { b: c }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web }
spec: { parentRefs: [{ name: gateway }], rules: [{ matches: [{ path: { type: PathPrefix, value: / } }], backendRefs: [{ name: web, port: 8069 }] }] }
---
{ apiVersion: snapshot.storage.k8s.io/v1, kind: VolumeSnapshot, metadata: { name: a }, spec: { source: { persistentVolumeClaimName: filestore } } }
---
{ apiVersion: snapshot.storage.k8s.io/v1, kind: VolumeSnapshotClass, metadata: { name: a }, driver: a, deletionPolicy: Retain }
---
{ apiVersion: velero.io/v1, kind: Schedule, metadata: { name: nightly }, spec: { schedule: 0 2 * * *, template: { includedNamespaces: [acme], ttl: 720h, snapshotMoveData: true } } }
---
{ apiVersion: velero.io/v1, kind: Backup, metadata: { name: now }, spec: { labelSelector: { matchLabels: { a: b } }, storageLocation: default } }
---
{ apiVersion: velero.io/v1, kind: BackupStorageLocation, metadata: { name: default }, spec: { provider: aws, objectStorage: { bucket: a }, config: { region: eu } } }
---
{ apiVersion: grafana.integreatly.org/v1beta1, kind: GrafanaDashboard, metadata: { name: ops }, spec: { instanceSelector: { matchLabels: { a: b } }, json: "{}", resyncPeriod: 10m } }
---
apiVersion: redis.redis.opstreelabs.in/v1beta2
kind: RedisReplication
metadata: { name: sessions }
spec:
  clusterSize: 3
  kubernetesConfig: { image: a, redisSecret: { name: a, key: b }, resources: { limits: { memory: 512Mi } } }
  storage: { volumeClaimTemplate: { spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } } }
---
apiVersion: redis.redis.opstreelabs.in/v1beta2
kind: RedisSentinel
metadata: { name: sessions }
spec: { kubernetesConfig: { image: a }, redisSentinelConfig: { redisReplicationName: sessions, quorum: "2", resolveHostnames: "yes" } }
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: erp }
spec:
  template: { spec: { nodeClassRef: { group: karpenter.k8s.aws, kind: EC2NodeClass, name: a }, requirements: [{ key: karpenter.sh/capacity-type, operator: In, values: [on-demand] }] } }
  disruption: { consolidateAfter: 1m, budgets: [{ nodes: "0", schedule: 0 6 * * *, duration: 16h }] }
  limits: { cpu: "100" }
---
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: { name: web }
spec: { targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, updatePolicy: { updateMode: "Off" } }
`)

/** A deployment with something in every corner, to break. */
const RICH = manifests(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: acme, labels: { app: web }, annotations: { a.b/c: d }, ownerReferences: [{ apiVersion: v1, kind: ConfigMap, name: a, uid: b }] }
spec:
  replicas: 2
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } }
  selector: { matchLabels: { app: web }, matchExpressions: [{ key: a, operator: In, values: [b] }] }
  template:
    metadata: { labels: { app: web } }
    spec:
      securityContext: { runAsNonRoot: true, runAsUser: 100, seccompProfile: { type: RuntimeDefault } }
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }]
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: host } }] } }
      containers:
        - name: odoo
          image: odoo
          args: [odoo]
          ports: [{ name: http, containerPort: 8069, protocol: TCP }]
          env: [{ name: A, value: b }, { name: C, valueFrom: { secretKeyRef: { name: a, key: b } } }]
          resources: { requests: { cpu: 500m, memory: 1Gi }, limits: { memory: 2Gi } }
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 5 }
          lifecycle: { preStop: { sleep: { seconds: 10 } } }
          volumeMounts: [{ name: data, mountPath: /data }]
      volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }, { name: conf, configMap: { name: conf, items: [{ key: a, path: b }] } }]
`)

function manifests(text: string): Manifest[] {
  return parseAllDocuments(text).map(document => {
    assert.equal(document.errors, [])
    return document.toJS() as Manifest
  })
}

function messages(manifest: Manifest): string[] {
  const outcome = validate(registry, manifest)
  if (outcome.outcome === 'unknown') throw new Error(outcome.reason)
  return outcome.problems.map(({ message }) => message)
}

test('the native kinds that platforms are made of pass', () => {
  assert.ok(new Set(NATIVE.map(({ kind }) => kind)).size >= 25)
  for (const manifest of [...NATIVE, ...RICH]) assert.equal(messages(manifest), [], manifest.kind)
})

test('the kinds of the operators pass, those of our own definitions among them', () => {
  for (const manifest of OPERATORS) assert.equal(messages(manifest), [], manifest.kind)
})

test('every kind of the catalogue loads, and every definition that it leads to', () => {
  let kinds = 0
  const seen = new Set<Schema>()
  const follow = (declared: Schema): void => {
    const schema = registry.resolve(declared)
    if (seen.has(schema)) return
    seen.add(schema)
    if (schema.pattern !== undefined) assert.ok(registry.pattern(schema.pattern), schema.pattern)
    const { properties = {}, items, additionalProperties, allOf = [], anyOf = [], oneOf = [], not } = schema
    for (const inner of [...Object.values(properties), ...allOf, ...anyOf, ...oneOf]) follow(inner)
    for (const inner of [items, additionalProperties, not]) if (typeof inner === 'object') follow(inner)
  }
  for (const [file, names] of Object.entries(files.catalogue.kinds)) {
    for (const name of names) {
      const [version = '', kind = ''] = name.split('/')
      const schema = registry.kind(file === 'core' ? version : `${file}/${version}`, kind)
      assert.ok(schema, `${file}/${name}`)
      assert.equal(schema.properties?.kind, { type: 'string' }, name)
      follow(schema)
      kinds += 1
    }
  }
  assert.ok(kinds > 500, `${kinds} kinds`)
  assert.ok(seen.size > 5000, `${seen.size} schemas`)
})

test('fields that the validators of the models lost are there', () => {
  assert.equal(
    messages({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'a' },
      value: 1,
      description: 'a',
    }),
    [],
  )
  assert.equal(
    messages({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'a' },
      value: 1,
      description: 1,
    }),
    ['"description" is number 1, text is required'],
  )
})

test('our own definitions are sound CustomResourceDefinitions', () => {
  const folder = new URL('../../src/schema/data/custom-resources/', import.meta.url)
  const withoutReferences = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutReferences)
    if (!isFields(value)) return value
    if (typeof value['x-ref'] === 'string') return { type: 'object' }
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutReferences(child)]))
  }
  let definitions = 0
  for (const name of readdirSync(folder)) {
    for (const document of manifests(readFileSync(new URL(name, folder), 'utf8'))) {
      const list = document.kind === 'List' ? (document.items as Manifest[]) : [document]
      for (const definition of list) {
        assert.equal(messages(withoutReferences(definition) as Manifest), [], definition.metadata.name)
        definitions += 1
      }
    }
  }
  assert.ok(definitions >= 12, `${definitions} definitions`)
})

/** The maps of a manifest that take only the fields they declare. */
function closedMaps(manifest: Manifest): FieldPath[] {
  const paths: FieldPath[] = []
  visitPlaces(registry, manifest, (value, schema, at) => {
    const isClosed = schema.type === 'object' && schema.additionalProperties === undefined
    if (isClosed && isFields(value) && schema['x-kubernetes-preserve-unknown-fields'] !== true) paths.push([...at])
  })
  return paths
}

function changed(manifest: Manifest, change: (copy: Manifest) => void): Manifest {
  const copy = structuredClone(manifest)
  change(copy)
  return copy
}

test('an unknown field is found in whatever map it is put, at its place', () => {
  const places = [...NATIVE, ...OPERATORS, ...RICH].flatMap(manifest =>
    closedMaps(manifest).map(at => ({ manifest, at })),
  )
  assert.ok(places.length > 300, `${places.length} places`)
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.stringMatching(/^zz[A-Za-z0-9./_-]{0,12}$/),
      fc.jsonValue(),
      ({ manifest, at }, name, value) => {
        const broken = changed(manifest, copy => {
          Object.assign(valueAt(copy, at) as object, { [name]: value })
        })
        const outcome = validate(registry, broken)
        if (outcome.outcome === 'unknown') throw new Error(outcome.reason)
        const found = outcome.problems.filter(({ message }) => message.startsWith(`unknown field "${name}"`))
        assert.equal(
          found.map(problem => formatPath(problem.at)),
          [formatPath([...at, name])],
        )
      },
    ),
    { numRuns: 500 },
  )
})

/** The same schema in the words of JSON Schema, for a validator that we did not write. */
function jsonSchema(schema: Schema): object {
  if (schema['x-ref'] !== undefined) return { $ref: `#/$defs/${schema['x-ref'].replaceAll('/', '~1')}` }
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] }
  if (schema.format === 'quantity') return { anyOf: [{ type: 'number' }, { type: 'string', format: 'quantity' }] }
  const { properties, items, additionalProperties, ...rest } = schema
  const isClosed =
    schema.type === 'object' &&
    additionalProperties === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, jsonSchema(field)])),
        }),
    ...(items === undefined ? {} : { items: jsonSchema(items) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: jsonSchema(additionalProperties) }
      : isClosed
        ? { additionalProperties: false }
        : {}),
  }
}

/** Every definition that a schema leads to, by its reference. */
function definitionsBelow(schema: Schema, found: Map<string, Schema> = new Map()): Map<string, Schema> {
  const reference = schema['x-ref']
  if (reference !== undefined && found.has(reference)) return found
  const target = registry.resolve(schema)
  if (reference !== undefined) found.set(reference, target)
  for (const field of Object.values(target.properties ?? {})) definitionsBelow(field, found)
  if (target.items !== undefined) definitionsBelow(target.items, found)
  if (typeof target.additionalProperties === 'object') definitionsBelow(target.additionalProperties, found)
  return found
}

test('an independent validator of JSON Schema gives the same verdict at the same places', () => {
  const ajv = new Ajv({ allErrors: true, strict: false })
  for (const format of ['quantity', 'byte', 'date-time'])
    ajv.addFormat(format, text => formatNamed(format)?.accepts(text) === true)
  ajv.addFormat('int32', { type: 'number', validate: number => Math.abs(number) < 2 ** 31 })
  ajv.addFormat('int64', { type: 'number', validate: () => true })
  const sample = [
    ...RICH,
    ...NATIVE.filter(({ kind }) =>
      ['NetworkPolicy', 'HorizontalPodAutoscaler', 'CronJob', 'StatefulSet'].includes(kind),
    ),
  ]
  const judges = sample.map(manifest => {
    const root = registry.kind(manifest.apiVersion, manifest.kind)
    if (root === undefined) throw new Error(manifest.kind)
    const $defs = Object.fromEntries([...definitionsBelow(root)].map(([key, schema]) => [key, jsonSchema(schema)]))
    return { manifest, judge: ajv.compile({ ...jsonSchema(root), $defs }), places: everyPlace(manifest) }
  })
  const wrong: readonly unknown[] = ['text', '', 7, -1.5, true, {}, [], { a: 1 }, ['a'], 2 ** 40]
  let rejected = 0
  for (const { manifest, judge, places } of judges) {
    assert.ok(judge(manifest), JSON.stringify(judge.errors))
    for (const at of places) {
      for (const value of [...wrong, undefined]) {
        const broken = changed(manifest, copy => replaceAt(copy, at, value))
        const outcome = validate(registry, broken)
        if (outcome.outcome === 'unknown') throw new Error(outcome.reason)
        judge(broken)
        const theirs = new Set((judge.errors ?? []).filter(({ keyword }) => keyword !== 'anyOf').map(placeOfError))
        const ours = new Set(outcome.problems.map(problem => formatPath(problem.at)))
        assert.equal(
          [...ours].sort(),
          [...theirs].sort(),
          `${manifest.kind} ${formatPath(at)} = ${JSON.stringify(value)}`,
        )
        if (ours.size > 0) rejected += 1
      }
    }
  }
  assert.ok(rejected > 1000, `${rejected} rejected`)
})

/** Every place below the root but the two that choose the schema, and what a list holds when it is taken out. */
function everyPlace(manifest: Manifest): FieldPath[] {
  const paths: FieldPath[] = []
  visitPlaces(registry, manifest, (_, __, at) => {
    if (at.length > 1 || !['apiVersion', 'kind', undefined].includes(at[0] as string)) paths.push([...at])
  })
  return paths
}

function replaceAt(root: Manifest, at: FieldPath, value: unknown): void {
  const parent = valueAt(root, at.slice(0, -1)) as Record<string | number, unknown>
  const last = at.at(-1)
  if (last === undefined) return
  if (value !== undefined) parent[last] = value
  else if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete parent[last]
}

function placeOfError({ instancePath, params }: { instancePath: string; params: Record<string, unknown> }): string {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const field = params.additionalProperty ?? params.missingProperty
  const path = [...steps, ...(typeof field === 'string' ? [field] : [])]
  return formatPath(path.map(step => (/^\d+$/.test(step) ? Number(step) : step)))
}

test.run()
