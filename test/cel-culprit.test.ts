import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bindValue } from '../src/cel/binding.ts'
import { culpritOf } from '../src/cel/culprit.ts'
import {
  type Bindings,
  bindVariables,
  compileExpression,
  type Expression,
  isCompileError,
} from '../src/cel/expression.ts'
import { formatPath } from '../src/manifest/path.ts'

const WEB = {
  name: 'web',
  image: 'docker.io/odoo:latest',
  ports: [
    { name: 'http', containerPort: 8069 },
    { name: 'debug', containerPort: 22, hostPort: 22 },
  ],
  resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '512Mi' } },
  securityContext: { privileged: false, allowPrivilegeEscalation: true, capabilities: { add: ['CHOWN', 'SYS_ADMIN'] } },
  env: [
    { name: 'A', value: '1' },
    { name: 'PASSWORD', value: 'secret' },
  ],
}
const SIDECAR = {
  name: 'sidecar',
  image: 'registry.example.com/proxy@sha256:0000',
  resources: { requests: { cpu: '10m' } },
  securityContext: { privileged: true, readOnlyRootFilesystem: false },
}
const MIGRATE = { name: 'migrate', image: 'odoo', securityContext: { runAsUser: 0 } }

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web', 'waybill.dev/tenant': 'acme' }, annotations: {} },
  spec: {
    replicas: 1,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'other' } },
      spec: {
        hostNetwork: true,
        serviceAccountName: 'default',
        initContainers: [MIGRATE],
        containers: [WEB, SIDECAR],
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'host', hostPath: { path: '/var/run' } },
        ],
        securityContext: { runAsNonRoot: false, sysctls: [{ name: 'net.core.somaxconn', value: '1' }] },
        tolerations: [{ operator: 'Exists' }],
      },
    },
  },
}

const POD = 'spec.template.spec'

/** Kubernetes expression, the field it is about; variables by name where it reads some. */
type Row = readonly [string, string, Readonly<Record<string, string>>?]

const ALL_CONTAINERS = {
  containers: 'object.spec.template.spec.containers + object.spec.template.spec.?initContainers.orValue([])',
}

const TABLE: readonly Row[] = [
  // A field, present, absent or reached by an index.
  ['object.spec.replicas >= 2', 'spec.replicas'],
  ['object.spec.replicas > 0 && object.spec.strategy.type == "RollingUpdate"', 'spec.strategy.type'],
  ['has(object.spec.minReadySeconds)', 'spec.minReadySeconds'],
  [
    'has(object.spec.strategy.rollingUpdate) && object.spec.strategy.rollingUpdate.maxUnavailable == 0',
    'spec.strategy.rollingUpdate',
  ],
  ['object.metadata.labels["app"] == object.spec.template.metadata.labels["app"] && true', 'metadata.labels.app'],
  ['"team" in object.metadata.labels', 'metadata.labels.team'],
  ['object.metadata.?labels["waybill.dev/owner"].hasValue()', 'metadata.labels["waybill.dev/owner"]'],
  ['object.metadata.name.matches("^[a-z]+-[a-z]+$")', 'metadata.name'],
  ['object.metadata.name in ["api", "worker"]', 'metadata.name'],
  ['!object.spec.template.spec.hostNetwork', `${POD}.hostNetwork`],
  ['object.spec.template.spec.containers[0].image.endsWith(":18.0")', `${POD}.containers[0].image`],
  ['object.spec.template.spec.containers[1].name == "web"', `${POD}.containers[1].name`],
  ['object.spec.template.spec.serviceAccountName != "default"', `${POD}.serviceAccountName`],
  // Elements of a list.
  ['object.spec.template.spec.containers.all(c, has(c.readinessProbe))', `${POD}.containers[0].readinessProbe`],
  [
    'object.spec.template.spec.containers.all(c, !has(c.securityContext.privileged) || !c.securityContext.privileged)',
    `${POD}.containers[1].securityContext.privileged`,
  ],
  ['object.spec.template.spec.containers.all(c, !c.image.endsWith(":latest"))', `${POD}.containers[0].image`],
  ['object.spec.template.spec.containers.all(c, c.image.contains("@sha256:"))', `${POD}.containers[0].image`],
  [
    'object.spec.template.spec.containers.all(c, c.resources.?limits.memory.hasValue())',
    `${POD}.containers[1].resources.limits.memory`,
  ],
  [
    'object.spec.template.spec.containers.all(c, has(c.resources.limits) && has(c.resources.limits.cpu))',
    `${POD}.containers[0].resources.limits.cpu`,
  ],
  ['!object.spec.template.spec.containers.exists(c, c.name == "sidecar")', `${POD}.containers[1].name`],
  [
    'object.spec.template.spec.containers.all(c, !has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))',
    `${POD}.containers[0].ports[1].hostPort`,
  ],
  [
    'object.spec.template.spec.containers.all(c, !has(c.securityContext.capabilities) || c.securityContext.capabilities.add.all(a, a in ["CHOWN", "NET_BIND_SERVICE"]))',
    `${POD}.containers[0].securityContext.capabilities.add[1]`,
  ],
  [
    'object.spec.template.spec.containers.all(c, !has(c.env) || !c.env.exists(e, e.name.contains("PASSWORD") && has(e.value)))',
    `${POD}.containers[0].env[1].name`,
  ],
  ['!object.spec.template.spec.volumes.exists(v, has(v.hostPath))', `${POD}.volumes[1].hostPath`],
  [
    'object.spec.template.spec.volumes.filter(v, has(v.hostPath)).all(v, v.hostPath.path.startsWith("/data"))',
    `${POD}.volumes[1].hostPath.path`,
  ],
  [
    'object.spec.template.spec.containers.map(c, c.image).all(i, i.startsWith("registry.example.com/"))',
    `${POD}.containers[0].image`,
  ],
  [
    'object.spec.template.spec.containers.map(c, c.name != "web", c.image).all(i, i.endsWith(":1"))',
    `${POD}.containers[1].image`,
  ],
  [
    '[object.spec.template.spec.containers, object.spec.template.spec.initContainers].flatten().all(c, c.image.contains(":") || c.image.contains("@"))',
    `${POD}.initContainers[0].image`,
  ],
  [
    'object.spec.template.spec.containers.all(i, c, i == 0 || c.image.startsWith("docker.io/"))',
    `${POD}.containers[1].image`,
  ],
  ['object.metadata.labels.all(k, k.startsWith("app"))', 'metadata.labels["waybill.dev/tenant"]'],
  ['object.metadata.labels.all(k, v, v != "acme")', 'metadata.labels["waybill.dev/tenant"]'],
  // Aggregates: the list, or the first field read.
  ['size(object.spec.template.spec.containers) <= 1', `${POD}.containers`],
  ['object.spec.template.spec.containers.exists(c, c.name == "metrics")', `${POD}.containers`],
  ['object.spec.template.spec.containers.exists_one(c, c.name.startsWith("x"))', `${POD}.containers`],
  ['object.spec.template.spec.containers.map(c, c.name).size() == 3', `${POD}.containers`],
  // Guards and choices.
  ['!has(object.spec.replicas) || object.spec.replicas >= 2', 'spec.replicas'],
  ['object.kind != "Deployment" || object.spec.strategy.type != "Recreate"', 'spec.strategy.type'],
  ['object.spec.replicas > 5 || !(object.kind == "Deployment")', 'spec.replicas'],
  ['!(object.kind == "Deployment" && object.spec.strategy.type == "Recreate")', 'spec.strategy.type'],
  ['object.kind == "Deployment" ? object.spec.replicas > 1 : true', 'spec.replicas'],
  ['object.spec.template.spec.hostNetwork ? false : true', `${POD}.hostNetwork`],
  [
    'has(object.spec.template.spec.priorityClassName) ? object.spec.template.spec.priorityClassName == "x" : false',
    `${POD}.priorityClassName`,
  ],
  ['object.spec.?paused.orValue(false) == true', 'spec.paused'],
  [
    'object.spec.template.spec.?securityContext.?runAsNonRoot.orValue(false) == true',
    `${POD}.securityContext.runAsNonRoot`,
  ],
  ['object.spec.template.spec.?dnsPolicy.optMap(p, p == "None").orValue(false) == true', `${POD}.dnsPolicy`],
  [
    'object.spec.template.spec.?serviceAccountName.optMap(s, s != "default").orValue(true) == true',
    `${POD}.serviceAccountName`,
  ],
  [
    'cel.bind(pod, object.spec.template.spec, pod.containers.all(c, pod.securityContext.runAsNonRoot == true || c.securityContext.?runAsNonRoot.orValue(false) == true))',
    `${POD}.containers[0].securityContext.runAsNonRoot`,
  ],
  ['cel.bind(ok, object.spec.replicas > 2, ok)', 'spec.replicas'],
  // Kubernetes types.
  [
    'object.spec.template.spec.containers.all(c, !has(c.resources.limits) || quantity(c.resources.requests.memory).compareTo(quantity(c.resources.limits.memory)) <= 0)',
    `${POD}.containers[0].resources.requests.memory`,
  ],
  ['!format.dns1123Label().validate(object.metadata.name + "_").hasValue()', 'metadata.name'],
  [
    'sets.contains(["CHOWN"], object.spec.template.spec.containers[0].securityContext.capabilities.add)',
    `${POD}.containers[0].securityContext.capabilities.add`,
  ],
  // Variables of the policy.
  [
    'variables.containers.all(c, has(c.image) && c.image.contains("/"))',
    `${POD}.initContainers[0].image`,
    ALL_CONTAINERS,
  ],
  [
    'variables.containers.all(c, has(c.securityContext) && c.securityContext.?runAsUser.orValue(1) != 0)',
    `${POD}.initContainers[0].securityContext.runAsUser`,
    ALL_CONTAINERS,
  ],
  [
    'variables.isSafe',
    `${POD}.hostNetwork`,
    { isSafe: 'object.metadata.name == "web" && !object.spec.template.spec.hostNetwork' },
  ],
  [
    'variables.bad.size() == 0',
    `${POD}.containers[1]`,
    { bad: 'object.spec.template.spec.containers.filter(c, has(c.securityContext.readOnlyRootFilesystem))' },
  ],
  [
    'variables.images.all(i, i.startsWith("registry"))',
    `${POD}.containers[0].image`,
    { pod: 'object.spec.template.spec', images: 'variables.pod.containers.map(c, c.image)' },
  ],
  // Lists that are not of the object.
  [
    'variables.allowed.exists(r, object.spec.template.spec.serviceAccountName.startsWith(r))',
    `${POD}.serviceAccountName`,
    { allowed: '["odoo", "web"]' },
  ],
  [
    'variables.containers.all(c, variables.allowed.exists(r, c.image.startsWith(r)))',
    `${POD}.containers[1].image`,
    { ...ALL_CONTAINERS, allowed: '["docker.io/"]' },
  ],
  [
    '["Deployment", "StatefulSet"].all(kind, object.kind != kind) || object.spec.template.spec.containers.all(c, has(c.livenessProbe))',
    `${POD}.containers[0].livenessProbe`,
  ],
  [
    'object.spec.template.spec.containers.all(c, ["ALL"].all(wanted, has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) && wanted in c.securityContext.capabilities.drop))',
    `${POD}.containers[0].securityContext.capabilities.drop`,
  ],
  ['[1, 2].exists(n, n == 3) || object.spec.replicas > 3', 'spec.replicas'],
  ['object.spec.replicas > 3 || [1, 2].exists(n, n == 3)', 'spec.replicas'],
  [
    'object.spec.template.spec.containers.all(c, c.?securityContext.?runAsNonRoot.orValue(object.spec.template.spec.?securityContext.?runAsNonRoot.orValue(false)) == true)',
    `${POD}.securityContext.runAsNonRoot`,
  ],
  [
    'object.spec.template.spec.containers.all(c, c.?securityContext.?runAsGroup.orValue(object.spec.template.spec.?securityContext.?runAsGroup.orValue(0)) > 0)',
    `${POD}.containers[0].securityContext.runAsGroup`,
  ],
  [
    'object.spec.template.spec.containers.all(c, !has(c.env) || c.env.all(e, !["password"].exists(word, e.name.lowerAscii().contains(word)) || !has(e.value) || e.value == "" || ["-"].exists(allowed, e.value == allowed)))',
    `${POD}.containers[0].env[1].value`,
  ],
  // Nothing of the object is read.
  ['1 == 2', ''],
  ['request.name == "api"', ''],
]

const BINDINGS: Bindings = {
  object: bindValue(DEPLOYMENT),
  oldObject: null,
  request: { name: 'web' },
  namespaceObject: null,
}

function compiled(text: string, variables: ReadonlyMap<string, Expression>): Expression {
  const expression = compileExpression(text, { variables, params: false, authorizer: false })
  if (isCompileError(expression)) throw new Error(`${text}: ${expression.message}`)
  return expression
}

function culprit(text: string, declared: Readonly<Record<string, string>> = {}) {
  const variables = new Map<string, Expression>()
  for (const [name, expression] of Object.entries(declared))
    variables.set(name, compiled(expression, new Map(variables)))
  const expression = compiled(text, variables)
  const bindings = bindVariables(variables, BINDINGS)
  return { outcome: expression.evaluate(bindings), at: formatPath(culpritOf(expression, bindings)) }
}

for (const [text, expected, variables] of TABLE) {
  test(`the culprit of ${text} is ${expected === '' ? 'the whole object' : expected}`, () => {
    const { outcome, at } = culprit(text, variables)
    assert.equal(outcome, { kind: 'value', value: false })
    assert.is(at, expected)
  })
}

const FAILING: readonly Row[] = [
  ['object.spec.minReadySeconds > 0', 'spec.minReadySeconds'],
  [
    'object.spec.template.spec.containers.all(c, c.resources.limits.cpu != "")',
    `${POD}.containers[0].resources.limits.cpu`,
  ],
  [
    'object.spec.template.spec.containers.map(c, c.ports[0].hostPort).size() > 0',
    `${POD}.containers[0].ports[0].hostPort`,
  ],
  ['quantity(object.metadata.name).isInteger()', 'metadata.name'],
  ['object.spec.template.spec.containers[5].name == "x"', `${POD}.containers[5]`],
  [
    'variables.port > 0',
    `${POD}.containers[1].ports`,
    { port: 'object.spec.template.spec.containers[1].ports[0].containerPort' },
  ],
  ['object.spec.replicas > 0 ? object.spec.x.y == 1 : true', 'spec.x'],
  ['has(object.spec.x.y.z)', 'spec.x'],
]

for (const [text, expected, variables] of FAILING) {
  test(`the culprit of the error in ${text} is ${expected}`, () => {
    const { outcome, at } = culprit(text, variables)
    assert.is(outcome.kind, 'error')
    assert.is(at, expected)
  })
}

/** The value with some of its fields and elements gone. */
function pruned(value: unknown, keep: () => boolean): unknown {
  if (Array.isArray(value)) return value.filter(keep).map(element => pruned(element, keep))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(keep)
  return Object.fromEntries(kept.map(([key, entry]) => [key, pruned(entry, keep)]))
}

test('whatever is missing, there is a culprit, and it is the object itself or below one of its fields', () => {
  const expressions = [...TABLE, ...FAILING].map(([text, , declared = {}]) => {
    const variables = new Map<string, Expression>()
    for (const [name, expression] of Object.entries(declared)) {
      variables.set(name, compiled(expression, new Map(variables)))
    }
    return { expression: compiled(text, variables), variables }
  })
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(9)), fc.nat(expressions.length - 1), (dice, index) => {
      const object = bindValue(pruned(DEPLOYMENT, () => dice.next().value !== 0))
      const chosen = expressions[index]
      assert.ok(chosen)
      const bindings = bindVariables(chosen.variables, { ...BINDINGS, object })
      const [first] = culpritOf(chosen.expression, bindings)
      assert.ok(first === undefined || Object.hasOwn(DEPLOYMENT, first))
    }),
    { numRuns: 3000 },
  )
})

test.run()
