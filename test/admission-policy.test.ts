import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AdmissionOptions, admissionPolicy } from '../src/lint/admission-policy.ts'
import type { Manifest, Source } from '../src/manifest/manifest.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { type FieldPath, formatPath } from '../src/manifest/path.ts'

/** A source whose "line" of a field is the depth of its path. */
function source(manifest: Manifest): Source {
  const position = (path: FieldPath) => ({ line: path.length, column: 1, offset: 0 })
  return {
    file: `${manifest.metadata.name}.yaml`,
    manifest,
    range: path => ({ start: position(path), end: position(path) }),
  }
}

const environment = (...manifests: Manifest[]) => indexOf(manifests.map(source), { profile: 'standard' })

const WEB: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 3,
    template: {
      spec: {
        containers: [
          { name: 'a', image: 'x:1' },
          { name: 'b', image: 'x:latest' },
        ],
      },
    },
  },
}

type Spec = Readonly<Record<string, unknown>>

function policyManifest(spec: Spec, annotations?: Record<string, string>): Manifest {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'demo', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps', ''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['deployments', 'namespaces'],
          },
        ],
      },
      ...spec,
    },
  }
}

function binding(name: string, spec: Spec = {}): Manifest {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: 'demo', validationActions: ['Deny'], ...spec },
  }
}

/** What a policy says, a line each: `field: message`, `? what it could not tell`, `~ note`. */
function verdicts(spec: Spec, options: AdmissionOptions = {}, ...manifests: Manifest[]): string[] {
  const policy = admissionPolicy(policyManifest(spec), options)
  assert.equal(policy.problems, [])
  return [...policy.judge(environment(...(manifests.length === 0 ? [WEB] : manifests)))].map(verdict => {
    if ('violation' in verdict) return `${formatPath(verdict.violation.at)}: ${verdict.violation.message}`
    return 'note' in verdict ? `~ ${verdict.note}` : `? ${verdict.notEvaluated}`
  })
}

const failing = (more: Spec = {}) => ({ validations: [{ expression: 'object.spec.replicas > 5', ...more }] })

test('a false expression is a violation at its culprit, with the message of the validation', () => {
  assert.equal(verdicts(failing({ message: ' at least six ' })), ['spec.replicas: at least six'])
  assert.equal(
    verdicts({
      validations: [
        { expression: 'object.spec.template.spec.containers.all(c, !c.image.endsWith(":latest"))', message: 'pin it' },
      ],
    }),
    ['spec.template.spec.containers[1].image: pin it'],
  )
  assert.equal(verdicts({ validations: [{ expression: 'object.spec.replicas > 2' }] }), [])
})

test('without a message the expression is the message', () => {
  assert.equal(verdicts({ validations: [{ expression: ' object.spec.replicas > 5 ' }] }), [
    'spec.replicas: failed expression: object.spec.replicas > 5',
  ])
})

test('a message expression speaks first, unless it fails, is blank, too long or more than a line', () => {
  const said = (messageExpression: string) => verdicts(failing({ message: 'plain', messageExpression }))
  assert.equal(said('"has " + string(object.spec.replicas)'), ['spec.replicas: has 3'])
  assert.equal(said('"no " + object.spec.absent'), ['spec.replicas: plain'])
  assert.equal(said('"  "'), ['spec.replicas: plain'])
  assert.equal(said('"a\\nb"'), ['spec.replicas: plain'])
  assert.equal(said('lists.range(6000).map(i, "x").join()'), ['spec.replicas: plain'])
})

test('an error is a violation in the words of the API server, or a note where the policy ignores failures', () => {
  const spec = { validations: [{ expression: 'object.spec.paused == true', message: 'unused' }] }
  const message = "expression 'object.spec.paused == true' resulted in error: no such key: paused"
  assert.equal(verdicts(spec), [`spec.paused: ${message}`])
  assert.equal(verdicts({ ...spec, failurePolicy: 'Ignore' }), [`~ ${message}`])
})

test('every validation speaks for itself', () => {
  const validations = [
    { expression: 'object.spec.replicas > 5', message: 'first' },
    { expression: 'object.spec.replicas > 1', message: 'second' },
    { expression: 'has(object.spec.paused)', message: 'third' },
  ]
  assert.equal(verdicts({ validations }), ['spec.replicas: first', 'spec.paused: third'])
})

test('variables are lazy, in order, and may read each other', () => {
  const variables = [
    { name: 'containers', expression: 'object.spec.template.spec.containers' },
    { name: 'images', expression: 'variables.containers.map(c, c.image)' },
    { name: 'broken', expression: 'object.spec.absent' },
  ]
  assert.equal(
    verdicts({ variables, validations: [{ expression: 'variables.images.all(i, i != "x:1")', message: 'm' }] }),
    ['spec.template.spec.containers[0].image: m'],
  )
  assert.equal(verdicts({ variables, validations: [{ expression: 'variables.broken == 1' }] }), [
    'spec.absent: expression \'variables.broken == 1\' resulted in error: composited variable "broken" fails to evaluate: no such key: absent',
  ])
})

test('match conditions decide whether a manifest is judged; one that is false decides alone', () => {
  const conditions = (...expressions: string[]) => ({
    ...failing({ message: 'm' }),
    matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
  })
  assert.equal(verdicts(conditions('object.metadata.name == "web"')), ['spec.replicas: m'])
  assert.equal(verdicts(conditions('object.metadata.name == "api"')), [])
  assert.equal(verdicts(conditions('object.spec.absent == 1', 'false')), [])
  assert.equal(verdicts(conditions('object.spec.absent == 1', 'true')), [
    "spec.absent: expression 'object.spec.absent == 1' resulted in error: no such key: absent",
  ])
  assert.equal(verdicts(conditions('object.spec.a == 1', 'object.spec.b == 1')), [
    "spec.a: [expression 'object.spec.a == 1' resulted in error: no such key: a, expression 'object.spec.b == 1' resulted in error: no such key: b]",
  ])
})

test('what depends on who asks is not evaluated, unless the rest decides', () => {
  const conditions = [{ name: 'not-nodes', expression: '!("system:nodes" in request.userInfo.groups)' }]
  assert.equal(verdicts({ ...failing(), matchConditions: conditions }), [
    '? it asks who sends the request (request.userInfo), which only a cluster knows',
  ])
  const decided = [...conditions, { name: 'none', expression: 'object.spec.replicas < 2' }]
  assert.equal(verdicts({ ...failing(), matchConditions: decided }), [])
  assert.equal(
    verdicts({ validations: [{ expression: 'authorizer.group("").resource("pods").check("create").allowed()' }] }),
    ['? it asks the authorizer, which only a cluster has'],
  )
})

test('the request and the old object are those of a creation', () => {
  const expression =
    'request.operation == "CREATE" && request.kind.kind == "Deployment" && request.resource.resource == "deployments" && ' +
    'request.resource.group == "apps" && request.name == "web" && request.namespace == "shop" && !request.dryRun && oldObject == null'
  assert.equal(verdicts({ validations: [{ expression }] }), [])
})

test('a manifest without a namespace is in the one that the API server gives it', () => {
  const homeless = { ...WEB, metadata: { name: 'web' } }
  assert.equal(verdicts({ validations: [{ expression: 'object.metadata.namespace == "default"' }] }, {}, homeless), [])
})

test('the namespace is seen with its labels, and is null for what is in none', () => {
  const shop: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'gold' } } }
  const expression =
    'object.kind == "Namespace" ? namespaceObject == null : namespaceObject.metadata.labels["tier"] == "gold" && namespaceObject.metadata.name == "shop"'
  assert.equal(verdicts({ validations: [{ expression }] }, {}, WEB, shop), [])
  assert.equal(verdicts({ validations: [{ expression }] }), [
    '? it reads the labels of namespace "shop", which is not among the manifests',
  ])
})

test('audit annotations matter only when they fail', () => {
  const annotated = (valueExpression: string) => ({ auditAnnotations: [{ key: 'k', valueExpression }] })
  assert.equal(verdicts(annotated('"replicas: " + string(object.spec.replicas)')), [])
  assert.equal(verdicts(annotated('string(object.spec.absent)')), [
    "spec.absent: expression 'string(object.spec.absent)' resulted in error: no such key: absent",
  ])
})

// ---- bindings and params -------------------------------------------------------------------------------------------

const LIMITS: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'limits', namespace: 'shop', labels: { use: 'policy' } },
  data: { max: '2' },
}
const WITH_PARAMS = {
  paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  validations: [
    {
      expression: 'object.spec.replicas <= int(params.data.max)',
      messageExpression: '"at most " + params.data.max',
    },
  ],
}

test('a policy applies by its bindings, each where it matches', () => {
  const elsewhere = {
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } },
  }
  const foreign = binding('foreign', { policyName: 'another' })
  const said = (...bindings: Manifest[]) => verdicts(failing({ message: 'm' }), { bindings })
  assert.equal(said(binding('b', elsewhere)), [])
  assert.equal(said(binding('b', elsewhere), binding('c')), ['spec.replicas: m'])
  // A policy that no binding names applies as itself.
  assert.equal(said(foreign), ['spec.replicas: m'])
})

test('what several bindings say alike is said once, with all that they do about it', () => {
  const bindings = [binding('warns', { validationActions: ['Warn', 'Audit'] }), binding('denies')]
  const policy = admissionPolicy(policyManifest(failing({ message: 'm' })), { bindings: bindings.map(source) })
  const found = [...policy.judge(environment(WEB))]
  assert.is(found.length, 1)
  assert.equal(found[0]?.bindings, ['warns', 'denies'])
  assert.equal(found[0]?.actions, ['Warn', 'Audit', 'Deny'])
})

test('params come from the object that the binding names, in the namespace of the manifest', () => {
  const bindings = [binding('b', { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } })]
  assert.equal(verdicts(WITH_PARAMS, { bindings }, WEB, LIMITS), ['spec.replicas: at most 2'])
  assert.equal(verdicts(WITH_PARAMS, { bindings, params: [LIMITS] }), ['spec.replicas: at most 2'])
  const fixed = [binding('b', { paramRef: { name: 'limits', namespace: 'policies', parameterNotFoundAction: 'Deny' } })]
  const there = { ...LIMITS, metadata: { name: 'limits', namespace: 'policies' }, data: { max: '1' } }
  assert.equal(verdicts(WITH_PARAMS, { bindings: fixed }, WEB, LIMITS, there), ['spec.replicas: at most 1'])
})

test('a selector gives every object that it selects', () => {
  const bindings = [
    binding('b', { paramRef: { selector: { matchLabels: { use: 'policy' } }, parameterNotFoundAction: 'Allow' } }),
  ]
  const more = { ...LIMITS, metadata: { ...LIMITS.metadata, name: 'more' }, data: { max: '1' } }
  const generous = { ...LIMITS, metadata: { ...LIMITS.metadata, name: 'generous' }, data: { max: '9' } }
  assert.equal(verdicts(WITH_PARAMS, { bindings }, WEB, LIMITS, more, generous), [
    'spec.replicas: at most 2',
    'spec.replicas: at most 1',
  ])
})

test('params that are not there fail or pass as the binding says', () => {
  const without = (parameterNotFoundAction: string) => [
    binding('b', { paramRef: { name: 'limits', parameterNotFoundAction } }),
  ]
  assert.equal(verdicts(WITH_PARAMS, { bindings: without('Deny') }), [
    ': failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  ])
  const second = { ...WEB, metadata: { name: 'api', namespace: 'shop' } }
  assert.equal(verdicts(WITH_PARAMS, { bindings: without('Allow') }, WEB, second), [
    '~ binding "b" has no params, and allows that',
  ])
})

test('a binding that gives no params leaves them null', () => {
  const spec = { ...WITH_PARAMS, validations: [{ expression: 'params == null' }] }
  assert.equal(verdicts(spec, { bindings: [binding('b')] }), [])
  assert.equal(verdicts(spec), [])
})

test('a paramRef that does not fit its kind is a misconfiguration', () => {
  const shop: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  const role: Manifest = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'r' } }
  const paramRef = { name: 'limits', parameterNotFoundAction: 'Deny' }
  const roles = { ...WITH_PARAMS, paramKind: { apiVersion: role.apiVersion, kind: role.kind } }
  const bindings = [binding('b', { paramRef: { ...paramRef, namespace: 'shop' } })]
  assert.equal(verdicts(roles, { bindings }, WEB, role), [
    ': failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
  ])
  const everywhere = {
    ...WITH_PARAMS,
    matchConstraints: {
      resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['clusterroles'] }],
    },
  }
  assert.equal(verdicts(everywhere, { bindings: [binding('b', { paramRef })] }, shop, role), [
    ': failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  ])
})

// ---- the policy itself ---------------------------------------------------------------------------------------------

test('a policy of ours says what it is in annotations', () => {
  const policy = admissionPolicy(
    policyManifest(failing(), {
      'waybill.dev/family': 'pods',
      'waybill.dev/title': 'six replicas',
      'waybill.dev/fix': 'set spec.replicas to 6',
      'waybill.dev/severity': 'lite=off,standard=warning,strict=error',
    }),
  )
  assert.is(policy.name, 'demo')
  assert.is(policy.family, 'pods')
  assert.is(policy.title, 'six replicas')
  assert.is(policy.fix, 'set spec.replicas to 6')
  assert.equal(policy.severity, { lite: 'off', standard: 'warning', strict: 'error' })
})

test('a policy from anywhere is named after itself, and as severe as its bindings', () => {
  const severity = (...bindings: Manifest[]) =>
    admissionPolicy(policyManifest(failing({ message: 'do it' })), { bindings })
  const policy = severity(binding('b', { validationActions: ['Warn'] }))
  assert.equal([policy.family, policy.title, policy.fix], ['admission', 'demo', 'do it'])
  assert.equal(policy.severity, { lite: 'warning', standard: 'warning', strict: 'warning' })
  assert.is(severity(binding('b', { validationActions: ['Audit'] }), binding('c')).severity.lite, 'error')
  const one = admissionPolicy(policyManifest(failing(), { 'waybill.dev/severity': 'info' }))
  assert.equal(one.severity, { lite: 'info', standard: 'info', strict: 'info' })
})

test('what does not compile is a problem at its place in the file, and the rest is judged', () => {
  const manifest = policyManifest({
    validations: [
      { expression: 'object.spec.replicas > 5', message: 'm' },
      { expression: 'object.spec\n  .replicas.frobnicate()' },
      { expression: 'object.spec.paused' },
    ],
  })
  const policy = admissionPolicy(source(manifest))
  assert.equal(
    policy.problems.map(({ file, range, policy, object, reason }) => [file, range?.start.line, policy, object, reason]),
    [
      [
        'demo.yaml',
        4,
        'demo',
        'ValidatingAdmissionPolicy/demo',
        "spec.validations[1].expression does not compile: undeclared reference to 'frobnicate' (line 1, column 1 of the expression)",
      ],
      [
        'demo.yaml',
        4,
        'demo',
        'ValidatingAdmissionPolicy/demo',
        'spec.validations[2].expression does not compile: must evaluate to bool but got dyn',
      ],
    ],
  )
  assert.is([...policy.judge(environment(WEB))].length, 1)
})

test('a policy whose match conditions do not compile judges nothing, and says so', () => {
  const policy = admissionPolicy(policyManifest({ ...failing(), matchConditions: [{ name: 'c', expression: 'nope' }] }))
  assert.is(policy.problems.length, 1)
  assert.equal([...policy.judge(environment(WEB))], [])
})

test('a policy that says nothing of what it matches, or no severity, has a problem', () => {
  const reasons = (manifest: Manifest) => admissionPolicy(manifest).problems.map(({ reason }) => reason)
  assert.equal(reasons(policyManifest({ matchConstraints: null, ...failing() })), [
    'spec.matchConstraints is absent, so the policy matches nothing',
  ])
  assert.equal(reasons(policyManifest(failing(), { 'waybill.dev/severity': 'lite=fatal' })), [
    'metadata.annotations["waybill.dev/severity"] has no severity in "lite=fatal"',
  ])
  assert.equal(reasons(policyManifest({ validations: [{ message: 'm' }] })), [
    'spec.validations[0].expression is no text, so it cannot be evaluated',
  ])
})

test.run()
