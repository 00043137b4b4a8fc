import { App } from 'cdk8s'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Bootstrap } from '../charts/bootstrap.ts'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { OPERATORS, type OperatorName } from '../src/spec/facts/operators.ts'
import { environmentNamed } from '../src/spec/platform.ts'
import { settlePlatform } from '../src/spec/platform-settings.ts'
import { unitNamed } from '../src/spec/unit.ts'
import { unitFolder } from '../src/synth/layout.ts'
import { revisionOf } from '../src/synth/unit-file.ts'
import {
  at,
  BAKERY,
  OFFICE,
  ofKind,
  PROVIDER,
  platformUnitOf,
  readWith,
  SHOPS,
  the,
  unitOf,
  type Written,
  writtenBy,
} from './charts-unit.ts'

const FLUX = PROVIDER.replace('engine: argocd', 'engine: flux')

function bootstrapOf(yaml: string, environment: string): Written[] {
  const { settings } = platformUnitOf(yaml, environment)
  const { gitops } = settings
  return gitops === undefined ? [] : writtenBy(new Bootstrap(new App(), 'bootstrap', { ...settings, gitops }))
}

function messages(yaml: string, environment = 'production', timetable = OFFICE): string[] {
  return platformUnitOf(yaml, environment, timetable).contradictions.map(({ message }) => message)
}

test('nothing delivers unless somebody says what, and the platform unit stays small', () => {
  const watch = ['PodMonitor', 'PrometheusRule', 'GrafanaDashboard', 'GrafanaDashboard', 'GrafanaDashboard']
  for (const [yaml, watched] of [
    [BAKERY, []],
    [SHOPS, watch],
  ] as const) {
    assert.equal(
      platformUnitOf(yaml, 'production').written.map(({ kind }) => kind),
      [...Array.from({ length: 4 }, () => 'PriorityClass'), ...watched],
    )
    assert.equal(bootstrapOf(yaml, 'production'), [])
  }
})

test('one application is applied by hand, and brings the platform unit with its operators, projects and tenants', () => {
  const [application, ...others] = bootstrapOf(PROVIDER, 'production')
  assert.equal(others, [])
  const spec = at(application?.manifest, 'spec')
  assert.equal(at(spec, 'source'), {
    repoURL: 'https://git.provider.example/platform.git',
    targetRevision: 'production',
    path: 'environments/production/platform',
  })
  assert.is(at(bootstrapOf(PROVIDER, 'dev')[0]?.manifest, 'spec', 'source', 'targetRevision'), 'main')
  const kinds = new Set(platformUnitOf(PROVIDER, 'production').written.map(({ kind }) => kind))
  for (const kind of ['Application', 'AppProject', 'ApplicationSet']) assert.ok(kinds.has(kind), kind)
})

test('every tenant has a project that reaches its own namespaces, from this repository, and no star', () => {
  for (const environment of ['dev', 'production']) {
    const { written } = platformUnitOf(PROVIDER, environment)
    for (const tenant of ['inn', 'palace']) {
      const spec = at(the(written, 'AppProject', `${tenant}-${environment}`), 'spec')
      const namespaces = unitOf(PROVIDER, tenant, environment).written.map(({ namespace }) => namespace)
      const reached = listOf(at(spec, 'destinations')).map(each => at(each, 'namespace'))
      const own = ['app', 'data', 'restore'].map(zone => `${tenant}-${environment}-${zone}`)
      const stranger = environment === 'dev' && tenant === 'inn' ? [`platform-${environment}-data`] : []
      assert.equal(reached.sort(), [...own, ...stranger].sort(), tenant)
      for (const namespace of namespaces) assert.ok(namespace === undefined || reached.includes(namespace), namespace)
      assert.equal(at(spec, 'sourceRepos'), ['https://git.provider.example/platform.git'])
      assert.equal(
        at(spec, 'clusterResourceWhitelist'),
        own.map(name => ({ group: '', kind: 'Namespace', name })),
      )
      const { roles: _roles, syncWindows: _windows, ...walls } = fieldsOf(spec)
      assert.not.match(JSON.stringify(walls), /\*/)
    }
  }
})

test('roles of a project belong to groups: whoever runs Odoo syncs and restarts, whoever looks on looks on', () => {
  const { written } = platformUnitOf(PROVIDER, 'production')
  const roles = listOf(at(the(written, 'AppProject', 'inn-production'), 'spec', 'roles'))
  assert.equal(
    roles.map(role => [at(role, 'name'), at(role, 'groups')]),
    [
      ['platform', ['platform-people']],
      ['database', ['database-people']],
      ['application', ['inn-people']],
      ['audit', ['auditors']],
    ],
  )
  for (const role of roles) {
    const name = String(at(role, 'name'))
    const actions = listOf(at(role, 'policies')).map(policy => String(policy).split(', ')[3])
    if (name === 'audit' || name === 'database') assert.equal(actions, ['get'])
    if (name === 'application') assert.equal(actions, ['get', 'sync', 'action/apps/Deployment/restart'])
    for (const policy of listOf(at(role, 'policies'))) {
      assert.match(
        String(policy),
        new RegExp(`^p, proj:inn-production:${name}, applications, .*, inn-production/\\*, allow$`),
      )
    }
    assert.is(at(role, 'jwtTokens'), undefined)
  }
})

test('the calendar of a tenant closes the door of its project, and by hand it does not open', () => {
  const dated = { ...OFFICE, exactUntil: '2028-01-01' }
  const { written } = platformUnitOf(PROVIDER, 'production', dated)
  const project = the(written, 'AppProject', 'inn-production')
  assert.equal(at(project, 'spec', 'syncWindows'), [
    {
      kind: 'deny',
      schedule: '0 0 1 12 *',
      duration: '744h',
      timeZone: 'Europe/Paris',
      description: 'freeze "december"',
      manualSync: false,
      applications: ['inn-production'],
    },
  ])
  assert.is(labelsOf(at(project, 'metadata', 'annotations'))['waybill.dev/windows-exact-until'], '2028-01-01')
})

test('a calendar of which Argo CD could not be told everything is refused, and by Flux it is not asked for', () => {
  const undated = { ...OFFICE, undated: ['freeze "month-end"'] }
  assert.match(messages(PROVIDER, 'production', undated)[0] ?? '', /freeze "month-end" .* Argo CD knows no years/)
  assert.match(messages(PROVIDER, 'production', { ...OFFICE, problems: ['it is torn'] })[0] ?? '', /it is torn/)
  assert.equal(messages(FLUX, 'production', undated), [])
})

test('the set makes an application for each folder but the first, and never takes one away', () => {
  const { written } = platformUnitOf(PROVIDER, 'production')
  const spec = at(the(written, 'ApplicationSet', 'tenants'), 'spec')
  assert.equal(at(spec, 'syncPolicy'), { applicationsSync: 'create-update', preserveResourcesOnDeletion: true })
  assert.equal(at(spec, 'generators', 0, 'git', 'directories'), [
    { path: 'environments/production/*' },
    { path: 'environments/production/platform', exclude: true },
  ])
  const template = at(spec, 'template')
  assert.is(at(template, 'metadata', 'name'), '{{.path.basename}}-production')
  assert.is(at(template, 'spec', 'project'), '{{.path.basename}}-production')
  assert.equal(at(template, 'spec', 'syncPolicy', 'automated'), { prune: true, selfHeal: true, allowEmpty: false })
  const options = listOf(at(template, 'spec', 'syncPolicy', 'syncOptions'))
  assert.ok(options.includes('ServerSideApply=true') && options.includes('RespectIgnoreDifferences=true'))
})

test('delivery leaves alone what autoscalers and the jobs of the night write, and nothing else', () => {
  const ignored = (environment: string) =>
    listOf(
      at(
        the(platformUnitOf(PROVIDER, environment).written, 'ApplicationSet', 'tenants'),
        'spec',
        'template',
        'spec',
        'ignoreDifferences',
      ),
    )
  const [replicas, ...others] = ignored('production')
  assert.equal(others, [], 'a server of production that sleeps is a difference')
  const [expression] = listOf(at(replicas, 'jqPathExpressions'))
  const [, key = '', value] = /annotations\["(.*)"\] == "(.*)"\) \| \.spec\.replicas$/.exec(String(expression)) ?? []
  for (const [tenant, environment] of [
    ['palace', 'dev'],
    ['palace', 'production'],
    ['inn', 'production'],
  ] as const) {
    for (const { name, manifest } of ofKind(unitOf(PROVIDER, tenant, environment).written, 'Deployment')) {
      const marked = labelsOf(at(manifest, 'metadata', 'annotations'))[key] === value
      assert.is(marked, at(manifest, 'spec', 'replicas') === undefined, `${tenant}/${environment} ${name}`)
    }
  }
  assert.equal(at(ignored('dev')[1], 'jsonPointers'), ['/metadata/annotations/cnpg.io~1hibernation'])
})

test('operators are pinned, applied on the server, and stay where they are when Git forgets them', () => {
  const { written } = platformUnitOf(PROVIDER, 'production')
  const applications = ofKind(written, 'Application')
  const project = at(the(written, 'AppProject', 'platform-production'), 'spec')
  for (const { name, manifest } of applications) {
    const { repository, chart, version } = OPERATORS[name as OperatorName]
    const source = at(manifest, 'spec', 'source')
    assert.equal(
      [at(source, 'repoURL'), at(source, 'chart'), at(source, 'targetRevision')],
      [repository, chart, version],
    )
    assert.match(String(at(source, 'targetRevision')), /^v?\d+\.\d+\.\d+$/)
    assert.ok(listOf(at(manifest, 'spec', 'syncPolicy', 'syncOptions')).includes('ServerSideApply=true'))
    const options = labelsOf(at(manifest, 'metadata', 'annotations'))['argocd.argoproj.io/sync-options']
    assert.is(options, 'Prune=false,Delete=false')
    assert.ok(listOf(at(project, 'sourceRepos')).includes(repository))
    const namespaces = listOf(at(project, 'destinations')).map(each => at(each, 'namespace'))
    assert.ok(namespaces.includes(at(manifest, 'spec', 'destination', 'namespace')), name)
  }
  assert.not.match(JSON.stringify(at(project, 'destinations')), /\*/)
})

test('an operator is installed where somebody needs it', () => {
  const names = (yaml: string, environment: string) =>
    ofKind(platformUnitOf(yaml, environment).written, 'Application').map(({ name }) => name)
  const always = ['cert-manager', 'external-secrets', 'cloudnative-pg', 'plugin-barman-cloud', 'traefik', 'reloader']
  assert.equal(names(PROVIDER, 'dev'), [...always, 'keda', 'redis-operator'])
  assert.equal(names(PROVIDER, 'production'), [...always, 'redis-operator'])
  assert.equal(
    names(PROVIDER.replaceAll(', session_redis', '').replace('[session_redis]', '[sale]'), 'production'),
    always,
  )
  assert.equal(names(PROVIDER.replace('operators: managed\n', ''), 'production'), [])
})

test('the chart of an operator takes values of the spec over those that manifests rest on', () => {
  const stated = 'operators: {traefik: {deployment: {replicas: 5}, ingressClass: {isDefaultClass: null}}, keda: {}}'
  for (const [yaml, kind, path] of [
    [PROVIDER, 'Application', ['spec', 'source', 'helm', 'valuesObject']],
    [FLUX, 'HelmRelease', ['spec', 'values']],
  ] as const) {
    const { written, contradictions } = platformUnitOf(yaml.replace('operators: managed', stated), 'production')
    assert.equal(contradictions, [])
    const values = at(the(written, kind, 'traefik'), ...path)
    assert.is(at(values, 'deployment', 'replicas'), 5)
    assert.equal(at(values, 'ingressClass'), { enabled: true, name: 'traefik' })
    assert.is(at(values, 'podDisruptionBudget', 'enabled'), true)
    assert.ok(the(written, kind, 'keda'), 'what is spoken of is installed')
  }
})

test('Flux brings each tenant after what all share, waits for its health, and leaves production standing', () => {
  const { written } = platformUnitOf(FLUX, 'production')
  assert.equal(
    ofKind(written, 'Kustomization').map(({ name }) => name),
    ['inn-production', 'palace-production'],
  )
  const spec = at(the(written, 'Kustomization', 'inn-production'), 'spec')
  assert.equal(at(spec, 'dependsOn'), [{ name: 'platform-production' }])
  assert.is(at(spec, 'path'), `./${unitFolder('production', 'inn')}`)
  assert.equal([at(spec, 'wait'), at(spec, 'prune'), at(spec, 'deletionPolicy')], [true, true, 'Orphan'])
  assert.ok(listOf(at(spec, 'healthCheckExprs')).some(check => at(check, 'kind') === 'Cluster'))
  const dev = at(the(platformUnitOf(FLUX, 'dev').written, 'Kustomization', 'inn-dev'), 'spec')
  assert.is(at(dev, 'deletionPolicy'), 'MirrorPrune')
  assert.equal(ofKind(written, 'AppProject'), [])
})

test('the first unit of Flux waits for operators and shared servers, and not for the tenants that wait for it', () => {
  const written = bootstrapOf(FLUX, 'dev')
  assert.equal(
    written.map(({ kind, name }) => `${kind}/${name}`),
    ['GitRepository/provider', 'Kustomization/platform-dev'],
  )
  assert.equal(at(the(written, 'GitRepository', 'provider'), 'spec', 'ref'), { branch: 'main' })
  const spec = at(the(written, 'Kustomization', 'platform-dev'), 'spec')
  assert.is(at(spec, 'wait'), undefined)
  const checked = listOf(at(spec, 'healthChecks')).map(
    check => `${String(at(check, 'kind'))}/${String(at(check, 'name'))}`,
  )
  const releases = ofKind(platformUnitOf(FLUX, 'dev').written, 'HelmRelease').map(({ name }) => `HelmRelease/${name}`)
  assert.equal(checked, [...releases, 'Cluster/database'])
})

test('a release of Flux comes from the repository that its chart is in, after what it needs', () => {
  const { written } = platformUnitOf(FLUX, 'production')
  const repositories = new Map(
    ofKind(written, 'HelmRepository').map(({ name, manifest }) => [name, at(manifest, 'spec', 'url')]),
  )
  const releases = ofKind(written, 'HelmRelease')
  for (const { name, manifest } of releases) {
    const chart = at(manifest, 'spec', 'chart', 'spec')
    const { repository, version } = OPERATORS[name as OperatorName]
    assert.is(repositories.get(String(at(chart, 'sourceRef', 'name'))), repository)
    assert.is(at(chart, 'version'), version)
    for (const other of listOf(at(manifest, 'spec', 'dependsOn'))) {
      assert.ok(releases.some(release => release.name === at(other, 'name')))
    }
  }
  assert.equal(at(the(written, 'HelmRelease', 'plugin-barman-cloud'), 'spec', 'dependsOn'), [
    { name: 'cert-manager' },
    { name: 'cloudnative-pg' },
  ])
})

test('a revision is a branch, a commit, or a name that says all of itself', () => {
  const refOf = (revision: string) =>
    at(
      bootstrapOf(FLUX.replace('{revision: production}', `{revision: "${revision}"}`), 'production')[0]?.manifest,
      'spec',
      'ref',
    )
  assert.equal(refOf('stable'), { branch: 'stable' })
  assert.equal(refOf('refs/tags/v1'), { name: 'refs/tags/v1' })
  assert.equal(refOf('ab'.repeat(20)), { commit: 'ab'.repeat(20) })
})

test('commits that have to be signed are refused by the project when they are not', () => {
  const signed = PROVIDER.replace('{revision: production}', '{revision: production, signatureKeys: [4AEE18F83AFDEB23]}')
  const project = the(platformUnitOf(signed, 'production').written, 'AppProject', 'inn-production')
  assert.equal(at(project, 'spec', 'signatureKeys'), [{ keyID: '4AEE18F83AFDEB23' }])
  assert.match(messages(signed.replace('argocd', 'flux'))[0] ?? '', /Flux wants the keys themselves/)
})

test('what cannot be delivered is refused with its reason', () => {
  assert.match(
    messages(PROVIDER.replace(', repository: "https://git.provider.example/platform.git"', ''))[0] ?? '',
    /nothing says which repository it follows/,
  )
  assert.match(
    messages(PROVIDER.replace(/gitops: \{engine.*\n/, '').replace('{gitops: {revision: production}, ', '{'))[0] ?? '',
    /operators are to be managed, and no engine would install them/,
  )
  const withSecret = PROVIDER.replace('engine: argocd', 'engine: argocd, secret: git')
  assert.match(messages(withSecret)[0] ?? '', /gitops\.secret is read by Flux alone/)
  const source = bootstrapOf(withSecret.replace('argocd', 'flux'), 'production')[0]
  assert.equal(at(source?.manifest, 'spec', 'secretRef'), { name: 'git' })
})

test('an environment that was promoted with an engine does not lose its tenants when the spec forgets the engine', () => {
  const platform = readWith(PROVIDER)
  const production = environmentNamed(platform, 'production')
  const unit = production && unitNamed(platform, production, 'platform')
  assert.ok(unit !== undefined)
  if (unit === undefined) return
  assert.equal(Object.keys(unit.local.residents ?? {}), ['inn', 'palace'])
  const forgotten = { ...unit, local: { environment: {}, files: {} } }
  assert.match(
    settlePlatform(forgotten).contradictions[0]?.message ?? '',
    /"production" is delivered by argocd, of which the spec says nothing any more/,
  )
  const alone = readWith(SHOPS)
  const [staging] = alone.environments
  const shared = staging && unitNamed(alone, staging, 'platform')
  assert.is(shared?.local.residents, undefined, 'nothing there rests on who lives in it')
})

test('how the platform is delivered is no news to a tenant', () => {
  const revision = (yaml: string, name: string) => {
    const platform = readWith(yaml)
    const dev = environmentNamed(platform, 'dev')
    const unit = dev && unitNamed(platform, dev, name)
    return unit && revisionOf(unit.promoted)
  }
  const moved = PROVIDER.replace('git.provider.example', 'git.elsewhere.example').replace('operators: managed\n', '')
  assert.is(revision(moved, 'inn'), revision(PROVIDER, 'inn'))
  assert.is.not(revision(moved, 'platform'), revision(PROVIDER, 'platform'))
})

test('objects of every engine say where they come from, and stand where the engine looks', () => {
  for (const [yaml, namespace] of [
    [PROVIDER, 'argocd'],
    [FLUX, 'flux-system'],
    [PROVIDER.replace('engine: argocd', 'engine: argocd, namespace: delivery'), 'delivery'],
  ] as const) {
    const { written, derivations } = platformUnitOf(yaml, 'production')
    for (const object of [...written, ...bootstrapOf(yaml, 'production')]) {
      for (const setting of Object.values(object.decidedBy)) {
        assert.ok(Object.hasOwn(derivations, setting), `${object.kind}/${object.name} rests on ${setting}`)
      }
      if (/argoproj|fluxcd/.test(String(object.manifest.apiVersion))) assert.is(object.namespace, namespace)
    }
  }
})

test.run()
