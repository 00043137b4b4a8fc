import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  enforcedLevel,
  type PodSecurityLevel,
  podSecurityMinor,
  podSecurityViolations,
} from '../src/analysis/pod-security.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { formatPath } from '../src/manifest/path.ts'
import { workloadOf } from '../src/manifest/workload.ts'

/** `control at path` of each violation of a pod whose spec is given as YAML in flow style. */
function violations(spec: string, level: PodSecurityLevel, version = 'v1.34', annotations = '{}'): readonly string[] {
  const [source] = parseManifests(
    'pod.yaml',
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: ${annotations}}\nspec: ${spec}\n`,
  ).sources
  const workload = source && workloadOf(source)
  assert.ok(workload)
  return podSecurityViolations(workload, level, podSecurityMinor(version)).map(
    ({ control, at }) => `${control} at ${formatPath(at)}`,
  )
}

const container = (context: string, more = '') =>
  `{containers: [{name: web, image: x, securityContext: {${context}}${more}}]}`
const TIGHT =
  'allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, capabilities: {drop: [ALL]}'

const CASES: readonly (readonly [spec: string, level: PodSecurityLevel, found: readonly string[], version?: string])[] =
  [
    ['{hostPID: true, containers: []}', 'privileged', []],
    ['{hostPID: true, containers: []}', 'baseline', ['host namespaces at spec.hostPID']],
    ['{hostPID: false, containers: []}', 'baseline', []],
    [container(TIGHT), 'restricted', []],
    [container('privileged: true'), 'baseline', ['privileged at spec.containers[0].securityContext.privileged']],
    [container('capabilities: {add: [CHOWN]}'), 'baseline', []],
    [
      container('capabilities: {add: [CHOWN, NET_RAW]}'),
      'baseline',
      ['non-default capabilities at spec.containers[0].securityContext.capabilities.add[1]'],
    ],
    [container(TIGHT.replace('[ALL]', '[ALL], add: [NET_BIND_SERVICE]')), 'restricted', []],
    [
      container(TIGHT.replace('[ALL]', '[KILL]')),
      'restricted',
      ['unrestricted capabilities at spec.containers[0].securityContext.capabilities.drop'],
    ],
    [container(TIGHT.replace('[ALL]', '[KILL]')), 'restricted', [], 'v1.21'],
    [
      container(TIGHT, ', ports: [{containerPort: 1, hostPort: 0}, {containerPort: 2, hostPort: 80}]'),
      'baseline',
      ['hostPort at spec.containers[0].ports[1].hostPort'],
    ],
    [container('procMount: Unmasked'), 'baseline', ['procMount at spec.containers[0].securityContext.procMount']],
    [
      container('seccompProfile: {type: Unconfined}'),
      'baseline',
      ['seccompProfile at spec.containers[0].securityContext.seccompProfile.type'],
    ],
    [
      container('seLinuxOptions: {type: container_engine_t}'),
      'baseline',
      ['seLinuxOptions at spec.containers[0].securityContext.seLinuxOptions.type'],
      'v1.30',
    ],
    [container('seLinuxOptions: {type: container_engine_t}'), 'baseline', [], 'v1.31'],
    [
      container('appArmorProfile: {type: Unconfined}'),
      'baseline',
      ['forbidden AppArmor profile at spec.containers[0].securityContext.appArmorProfile.type'],
    ],
    [
      '{securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: "1"}]}, containers: []}',
      'baseline',
      ['forbidden sysctls at spec.securityContext.sysctls[0].name'],
      'v1.31',
    ],
    ['{securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: "1"}]}, containers: []}', 'baseline', [], 'v1.32'],
    [
      '{containers: [{name: web, livenessProbe: {httpGet: {host: 10.0.0.1, port: 80}}}]}',
      'baseline',
      ['probe or lifecycle host at spec.containers[0].livenessProbe.httpGet.host'],
    ],
    ['{containers: [{name: web, livenessProbe: {httpGet: {host: 10.0.0.1, port: 80}}}]}', 'baseline', [], 'v1.33'],
    [
      '{containers: [], volumes: [{name: a, hostPath: {path: /}}]}',
      'baseline',
      ['hostPath volumes at spec.volumes[0].hostPath'],
    ],
    [
      '{containers: [], volumes: [{name: a, hostPath: {path: /}}]}',
      'restricted',
      ['restricted volume types at spec.volumes[0].hostPath'],
    ],
    [
      container(TIGHT.replace('runAsNonRoot: true', 'runAsNonRoot: true, runAsUser: 0')),
      'restricted',
      ['runAsUser=0 at spec.containers[0].securityContext.runAsUser'],
    ],
    [
      container(TIGHT.replace('runAsNonRoot: true, ', '')),
      'restricted',
      ['runAsNonRoot != true at spec.containers[0].securityContext.runAsNonRoot'],
    ],
    [
      `{securityContext: {runAsNonRoot: true}, ${container(TIGHT.replace('runAsNonRoot: true, ', '')).slice(1)}`,
      'restricted',
      [],
    ],
    [`{os: {name: windows}, ${container('runAsNonRoot: true').slice(1)}`, 'restricted', []],
    [
      `{os: {name: windows}, ${container('windowsOptions: {hostProcess: true}').slice(1)}`,
      'baseline',
      ['hostProcess at spec.containers[0].securityContext.windowsOptions.hostProcess'],
    ],
  ]

for (const [spec, level, found, version] of CASES) {
  test(`${level}${version === undefined ? '' : ` of ${version}`} finds ${found.length === 0 ? 'nothing' : found.join(', ')} in ${spec}`, () => {
    assert.equal(violations(spec, level, version), found)
  })
}

test('init and ephemeral containers are containers', () => {
  const spec =
    '{initContainers: [{name: a, securityContext: {privileged: true}}], ephemeralContainers: [{name: b, securityContext: {privileged: true}}], containers: []}'
  assert.equal(violations(spec, 'baseline'), [
    'privileged at spec.initContainers[0].securityContext.privileged',
    'privileged at spec.ephemeralContainers[0].securityContext.privileged',
  ])
})

test('an AppArmor profile may still stand in an annotation', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/web'
  assert.equal(violations('{containers: []}', 'baseline', 'v1.34', `{${key}: unconfined}`), [
    `forbidden AppArmor profile at metadata.annotations["${key}"]`,
  ])
  assert.equal(violations('{containers: []}', 'baseline', 'v1.34', `{${key}: runtime/default}`), [])
})

test('a namespace enforces what its labels say, and nothing without them', () => {
  assert.equal(enforcedLevel({}), { level: 'privileged', minor: Number.POSITIVE_INFINITY })
  assert.equal(
    enforcedLevel({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.28',
    }),
    { level: 'baseline', minor: 28 },
  )
  assert.equal(
    enforcedLevel({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'latest',
    }).minor,
    Number.POSITIVE_INFINITY,
  )
})

test.run()
