import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configDigest, odooConf } from '../charts/odoo-config.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf } from '../src/manifest/value.ts'
import {
  around,
  at,
  BAKERY,
  envOf,
  everyUnit,
  ofKind,
  type Pods,
  podsOf,
  SHOPS,
  the,
  type Unit,
  unitOf,
} from './charts-unit.ts'

/** The pods of each Odoo role. */
function rolesOf({ written }: Unit): Map<string, Pods & { readonly odoo: Fields }> {
  const roles = podsOf(written).flatMap(pods => {
    const role = pods.labels['waybill.dev/role']
    const [odoo] = pods.containers
    return role === undefined || odoo === undefined ? [] : [[role, { ...pods, odoo }] as const]
  })
  return new Map(roles)
}

function argsOf(container: Fields | undefined): string[] {
  return listOf(container?.args).map(String)
}

/** The options of a role: the arguments, then the file. */
function optionOf(unit: Unit, container: Fields, name: string): string | undefined {
  const argument = argsOf(container).find(
    each => each.startsWith(`--${name.replaceAll('_', '-')}=`) || each.startsWith(`--${name}=`),
  )
  if (argument !== undefined) return argument.slice(argument.indexOf('=') + 1)
  const line = odooConf(unit.settings)
    .split('\n')
    .find(each => each.startsWith(`${name} = `))
  return line?.slice(name.length + 3)
}

test('the configuration names one database, hides the list of them, and trusts nobody but the proxy', () => {
  for (const [, unit] of everyUnit()) {
    const conf = at(
      the(unit.written, 'ExternalSecret', 'odoo-config'),
      'spec',
      'target',
      'template',
      'data',
      'odoo.conf',
    )
    assert.is(conf, odooConf(unit.settings))
    const { name, owner } = unit.settings.database
    for (const line of [
      '[options]',
      `db_name = ${name}`,
      `dbfilter = ^${name}$`,
      `db_user = ${owner}`,
      'list_db = False',
      'proxy_mode = True',
      'db_sslmode = verify-full',
      'admin_passwd = {{ .adminPassword }}',
      'max_cron_threads = 0',
    ]) {
      assert.ok(String(conf).split('\n').includes(line), line)
    }
  }
})

test('each role is told what it is, in the place where Odoo looks', () => {
  for (const [place, unit] of everyUnit()) {
    const roles = rolesOf(unit)
    const { queue, apiPods } = unit.settings
    const expected = [
      ...['migrate', 'web', 'websocket', 'cron'],
      ...(queue === undefined ? [] : ['queue']),
      ...(apiPods === undefined ? [] : ['api']),
    ]
    assert.equal([...roles.keys()].sort(), expected.sort(), place)
    for (const [role, { odoo, object }] of roles) {
      const args = argsOf(odoo)
      assert.equal(odoo.command, role === 'migrate' ? ['python3', '/etc/waybill/migrate.py'] : ['odoo'])
      assert.is(args.includes('--config=/etc/odoo/odoo.conf'), true)
      assert.is(args.indexOf('gevent'), role === 'websocket' ? 0 : -1)
      assert.is(args.includes('--no-http'), role === 'cron' || role === 'migrate')
      const threads = Number(optionOf(unit, odoo, 'max_cron_threads'))
      assert.is(threads, role === 'cron' ? unit.settings.cron.threads : 0, `${place}: ${role}`)
      assert.not.ok(args.some(each => /^(-i|-u|--init|--update)/.test(each)))
      assert.is(odoo.image, unit.settings.release.image)
      assert.is(object.namespace?.endsWith('-app'), true)
    }
    assert.is(optionOf(unit, fieldsOf(roles.get('web')?.odoo), 'workers'), String(unit.settings.web.workers))
    assert.is(optionOf(unit, fieldsOf(roles.get('cron')?.odoo), 'workers'), '-1')
    assert.is(optionOf(unit, fieldsOf(roles.get('migrate')?.odoo), 'workers'), '0')
  }
})

test('the web pods ask the pooler where there is one, and everything that listens asks the primary', () => {
  const acme = unitOf(SHOPS, 'acme', 'production')
  const bakery = unitOf(BAKERY, 'bakery', 'production')
  for (const [unit, host] of [
    [acme, 'database-pooler.acme-production-data.svc'],
    [bakery, 'database-rw.bakery-production-data.svc'],
  ] as const) {
    const { tenant } = unit.settings
    for (const [role, { odoo, initContainers }] of rolesOf(unit)) {
      const expected = role === 'web' ? host : `database-rw.${tenant}-production-data.svc`
      assert.is(optionOf(unit, odoo, 'db_host'), expected, role)
      const script = role === 'migrate' ? odoo : initContainers[0]
      assert.is(envOf(script, 'PGHOST')?.value, expected, role)
    }
  }
})

test('the names by which Odoo calls the database are in the certificate that it verifies', () => {
  for (const [place, unit] of everyUnit()) {
    const { settings } = unit
    const written = around(unit)
    const namespace = `${settings.servers === undefined ? settings.tenant : 'platform'}-${settings.environment}-data`
    const certificates = fieldsOf(at(the(written, 'Cluster', 'database'), 'spec', 'certificates'))
    const names = [
      ...['rw', 'r', 'ro'].map(service => `database-${service}.${namespace}.svc`),
      ...listOf(certificates.serverAltDNSNames),
    ]
    for (const [, { odoo, initContainers }] of rolesOf(unit)) {
      assert.ok(names.includes(optionOf(unit, odoo, 'db_host')), place)
      for (const script of initContainers) assert.ok(names.includes(envOf(script, 'PGHOST')?.value), place)
      for (const container of [odoo, ...initContainers]) {
        const root = String(envOf(container, 'PGSSLROOTCERT')?.value)
        const mount = listOf(container.volumeMounts).find(each => root.startsWith(`${String(at(each, 'mountPath'))}/`))
        assert.is(at(mount, 'name'), 'database-ca')
      }
    }
    const authorities = ofKind(written, 'ExternalSecret').filter(({ name }) => name === certificates.serverCASecret)
    const sources = authorities.map(({ manifest }) => at(manifest, 'spec', 'data', 0, 'remoteRef'))
    assert.is(sources.length, 2)
    assert.equal(sources[0], sources[1], 'both namespaces have to trust the same authority')
    const keys = authorities.map(({ namespace: where, manifest }) => [
      where?.split('-').at(-1),
      listOf(at(manifest, 'spec', 'data')).map(each => at(each, 'secretKey')),
    ])
    assert.equal(
      new Map(keys as [string, unknown][]).get('app'),
      ['ca.crt'],
      'the key signs, so it stays with the servers',
    )
    assert.equal(new Map(keys as [string, unknown][]).get('data'), ['ca.crt', 'ca.key'])
  }
})

test('the port of a live connection is the same from the route to the process', () => {
  for (const [, unit] of everyUnit()) {
    for (const [role, port, path, option] of [
      ['websocket', 8072, '/websocket/health', 'gevent_port'],
      ['web', 8069, '/web/health', 'http_port'],
    ] as const) {
      const odoo = fieldsOf(rolesOf(unit).get(role)?.odoo)
      assert.is(at(odoo, 'ports', 0, 'containerPort'), port)
      assert.is(optionOf(unit, odoo, option), String(port))
      const service = the(unit.written, 'Service', `odoo-${role}`)
      assert.equal(at(service, 'spec', 'ports', 0), { name: 'http', port, targetPort: port })
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        assert.equal(at(odoo, probe, 'httpGet'), { path, port })
      }
    }
  }
})

test('nobody is cut off in the middle of the longest piece of work that its role allows', () => {
  for (const [place, unit] of everyUnit()) {
    const { settings, written } = unit
    const transport = the(written, 'ServersTransport', 'odoo')
    const answer = Number.parseInt(String(at(transport, 'spec', 'forwardingTimeouts', 'responseHeaderTimeout')), 10)
    for (const [role, { odoo, spec }] of rolesOf(unit)) {
      if (role === 'migrate') continue
      const cpu = Number(optionOf(unit, odoo, 'limit_time_cpu'))
      const real = Number(optionOf(unit, odoo, 'limit_time_real'))
      assert.ok(cpu <= real, `${place}: ${role}`)
      if (role === 'web' || role === 'api') assert.ok(real < answer)
      const work = { cron: settings.cron.timeLimit, queue: settings.queue?.timeLimit }[role]
      if (work !== undefined) assert.equal([cpu, real], [work, work], `${place}: ${role}`)
      const sleep = Number(at(odoo, 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0)
      assert.is(sleep > 0, ['web', 'websocket', 'api'].includes(role), `${place}: ${role}`)
      const longest = {
        web: real,
        api: real,
        websocket: 35,
        cron: settings.cron.timeLimit,
        queue: settings.queue?.timeLimit,
      }[role]
      assert.ok(Number(spec.terminationGracePeriodSeconds) > sleep + Number(longest), `${place}: ${role}`)
      const probe = fieldsOf(odoo.livenessProbe)
      if (role === 'cron') assert.equal(probe, {})
      else assert.ok(Number(probe.periodSeconds) * Number(probe.failureThreshold) >= real, `${place}: ${role}`)
      const startup = fieldsOf(odoo.startupProbe)
      if (role !== 'cron') assert.ok(Number(startup.periodSeconds) * Number(startup.failureThreshold) >= 180)
    }
    assert.is(
      optionOf(unit, fieldsOf(rolesOf(unit).get('cron')?.odoo), 'limit_time_real_cron'),
      String(settings.cron.timeLimit),
    )
  }
})

test('every pod waits for its release, and the migration brings the release that they wait for', () => {
  for (const [, unit] of everyUnit()) {
    const { release } = unit.settings
    for (const [role, { odoo, initContainers }] of rolesOf(unit)) {
      const gates = initContainers.filter(({ name }) => name === 'release-gate')
      assert.is(gates.length, role === 'migrate' ? 0 : 1)
      const waiting = role === 'migrate' ? odoo : gates[0]
      assert.is(envOf(waiting, 'WAYBILL_RELEASE')?.value, release.id)
      assert.is(waiting?.image, release.image)
    }
    const job = fieldsOf(rolesOf(unit).get('migrate'))
    assert.is(envOf(fieldsOf(job.odoo), 'WAYBILL_MODULES')?.value, release.modules.join(','))
    const spec = fieldsOf(at(ofKind(unit.written, 'Job')[0]?.manifest, 'spec'))
    assert.is(spec.backoffLimit, 0)
    assert.is(spec.parallelism, 1)
    assert.ok(Number(spec.activeDeadlineSeconds) > 0 && Number(spec.ttlSecondsAfterFinished) > 0)
    assert.is(at(spec, 'template', 'spec', 'restartPolicy'), 'Never')
  }
})

test('the scripts are where the pods look for them, and so is what they read', () => {
  const { written } = unitOf(BAKERY, 'bakery', 'production')
  const data = labelsOf(the(written, 'ConfigMap', 'odoo-scripts').data)
  for (const { initContainers, containers } of podsOf(written)) {
    for (const { command, volumeMounts } of [...initContainers, ...containers]) {
      const [program, script] = listOf(command).map(String)
      if (program !== 'python3') continue
      const mount = listOf(volumeMounts).find(each => at(each, 'name') === 'scripts')
      const directory = `${String(at(mount, 'mountPath'))}/`
      assert.ok(script?.startsWith(directory) && Object.hasOwn(data, script.slice(directory.length)), script)
    }
  }
  const [, read = ''] = /"(\w+\.json)"/.exec(String(data['migrate.py'])) ?? []
  assert.equal(JSON.parse(String(data[read])), {
    'report.url': 'http://odoo-web:8069',
    'web.base.url': 'https://erp.bakery.example',
    'web.base.url.freeze': 'True',
  })
})

test('a change of the configuration restarts the pods, and nothing else does', () => {
  const { settings } = unitOf(BAKERY, 'bakery', 'production')
  const before = configDigest(settings)
  assert.is(configDigest({ ...settings, cron: { ...settings.cron, cpu: 1 } }), before)
  assert.is.not(configDigest({ ...settings, cron: { ...settings.cron, timeLimit: 1 } }), before)
  assert.is.not(configDigest({ ...settings, hosts: ['new.bakery.example'] }), before)
  for (const { object } of podsOf(unitOf(BAKERY, 'bakery', 'production').written)) {
    const annotations = labelsOf(at(object.manifest, 'spec', 'template', 'metadata', 'annotations'))
    if (object.kind === 'Deployment') assert.is(annotations['waybill.dev/config-digest'], before)
  }
})

test('what differs between the series of Odoo is told to each in its own words', () => {
  const modules = (tenant: string) => {
    const unit = unitOf(SHOPS, tenant, 'production')
    return [
      optionOf(unit, {}, 'server_wide_modules'),
      argsOf(rolesOf(unit).get('migrate')?.odoo).includes('--without-demo=all'),
      at(rolesOf(unit).get('web')?.spec, 'securityContext', 'runAsUser'),
    ]
  }
  assert.equal(modules('corner'), ['base,web', true, 101])
  assert.equal(modules('acme'), ['base,web,session_redis,queue_job', true, 100])
  assert.equal(modules('zenith'), ['base,rpc,web,session_db', false, 100])
})

test('one pod runs queued jobs, and every other process keeps its hands off them', () => {
  const unit = unitOf(SHOPS, 'acme', 'production')
  for (const [role, { odoo }] of rolesOf(unit)) {
    const expected = role === 'queue' ? 'root:4,root.edi:2' : 'root:0'
    assert.is(envOf(odoo, 'ODOO_QUEUE_JOB_CHANNELS')?.value, expected, role)
    assert.is(envOf(odoo, 'ODOO_QUEUE_JOB_HOST')?.value, role === 'queue' ? 'localhost' : undefined)
  }
  const queue = rolesOf(unit).get('queue')
  assert.is(optionOf(unit, fieldsOf(queue?.odoo), 'workers'), '5')
  assert.is(at(queue?.object.manifest, 'spec', 'strategy', 'type'), 'Recreate')
  for (const [role, { odoo }] of rolesOf(unitOf(BAKERY, 'bakery', 'production'))) {
    assert.is(envOf(odoo, 'ODOO_QUEUE_JOB_CHANNELS'), undefined, role)
  }
})

test('sessions are where the settings say, and no two tenants share them', () => {
  const envs = (yaml: string, tenant: string, environment: string) => {
    const odoo = rolesOf(unitOf(yaml, tenant, environment)).get('web')?.odoo
    return Object.fromEntries(
      listOf(odoo?.env)
        .filter(isFields)
        .filter(({ name }) => /SESSION/.test(String(name)))
        .map(({ name, value }) => [name, value]),
    )
  }
  assert.equal(envs(BAKERY, 'bakery', 'production'), {})
  assert.equal(envs(SHOPS, 'zenith', 'production'), {
    SESSION_DB_URI:
      'postgresql://zenith_production@database-pooler.zenith-production-data.svc:5432/zenith_production?sslmode=verify-full',
  })
  assert.equal(envs(SHOPS, 'acme', 'production'), {
    ODOO_SESSION_REDIS: '1',
    ODOO_SESSION_REDIS_PASSWORD: undefined,
    ODOO_SESSION_REDIS_PREFIX: 'acme-odoo-production',
    ODOO_SESSION_REDIS_SENTINEL_HOST: 'sessions-sentinel.acme-production-data.svc',
    ODOO_SESSION_REDIS_SENTINEL_MASTER_NAME: 'sessions',
    ODOO_SESSION_REDIS_SENTINEL_PORT: '26379',
  })
  const staging = envs(SHOPS, 'acme', 'staging')
  assert.is(staging.ODOO_SESSION_REDIS_HOST, 'sessions.acme-staging-data.svc')
  assert.is(staging.ODOO_SESSION_REDIS_SSL, '0')
  assert.match(String(staging.ODOO_SESSION_REDIS_PREFIX), /^[a-z-0-9]+-odoo-[a-z-0-9]+$/)
})

test('pods that are several are spread and drained one by one; a pod that is alone stands in no way', () => {
  for (const [place, unit] of everyUnit()) {
    const { settings, written } = unit
    const several = new Map([
      ['web', settings.web.maxReplicas > 1],
      ['api', settings.apiPods !== undefined],
      ['websocket', settings.websocket.replicas > 1],
    ])
    for (const [role, { spec, object }] of rolesOf(unit)) {
      const expected = several.get(role) === true
      const spread = listOf(spec.topologySpreadConstraints)
      assert.equal(
        spread.map(each => [at(each, 'topologyKey'), at(each, 'whenUnsatisfiable')]),
        expected
          ? [
              ['topology.kubernetes.io/zone', settings.spread],
              ['kubernetes.io/hostname', 'ScheduleAnyway'],
            ]
          : [],
        `${place}: ${role}`,
      )
      const budgets = ofKind(written, 'PodDisruptionBudget').filter(({ name }) => name === object.name)
      assert.is(budgets.length, expected ? 1 : 0, `${place}: ${role}`)
      for (const { manifest } of budgets) {
        assert.is(at(manifest, 'spec', 'maxUnavailable'), 1)
        assert.is(at(manifest, 'spec', 'unhealthyPodEvictionPolicy'), 'AlwaysAllow')
      }
    }
  }
})

test('where the autoscaler decides the number of pods, the Deployment is silent about it', () => {
  for (const [place, { settings, written }] of everyUnit()) {
    if (settings.schedule !== undefined) continue
    const sized = [
      ['odoo-web', settings.web],
      ...(settings.apiPods === undefined ? [] : [['odoo-api', settings.apiPods] as const]),
    ] as const
    for (const [name, { replicas, maxReplicas }] of sized) {
      const scales = maxReplicas > replicas
      assert.is(at(the(written, 'Deployment', name), 'spec', 'replicas'), scales ? undefined : replicas, place)
      const scalers = ofKind(written, 'HorizontalPodAutoscaler').filter(scaler => scaler.name === name)
      assert.is(scalers.length, scales ? 1 : 0, place)
      for (const { manifest } of scalers) {
        assert.is(at(manifest, 'spec', 'minReplicas'), replicas)
        assert.is(at(manifest, 'spec', 'maxReplicas'), maxReplicas)
      }
    }
  }
})

test('pods for machines answer with as many workers as machines keep busy, and people lose none to them', () => {
  const { settings, written } = unitOf(SHOPS, 'zenith', 'production')
  // 20 requests a second of half a second each.
  assert.equal([settings.apiPods?.workers, settings.apiPods?.replicas], [4, 4])
  const args = listOf(at(the(written, 'Deployment', 'odoo-api'), 'spec', 'template', 'spec', 'containers', 0, 'args'))
  assert.ok(args.includes('--workers=4'))
  const alone = unitOf(SHOPS.replace(', machines: {rps: 20, seconds: 0.5}', ''), 'zenith', 'production').settings
  assert.is(alone.apiPods, undefined)
  assert.equal([alone.web.workers, alone.web.replicas], [settings.web.workers, settings.web.replicas])
  const few = unitOf(SHOPS.replace('rps: 20', 'rps: 9'), 'zenith', 'production').settings
  assert.is(few.apiPods, undefined)
  assert.ok(few.web.replicas > alone.web.replicas || few.web.workers > alone.web.workers)
})

test('every pod of Odoo mounts the same data directory, in which it may write', () => {
  for (const [, unit] of everyUnit()) {
    const [claim] = ofKind(unit.written, 'PersistentVolumeClaim')
    assert.is(claim === undefined, unit.settings.filestore.size === undefined)
    if (claim !== undefined) assert.equal(at(claim.manifest, 'spec', 'accessModes'), ['ReadWriteMany'])
    for (const [, { odoo, spec }] of rolesOf(unit)) {
      const mounts = new Map(listOf(odoo.volumeMounts).map(each => [at(each, 'mountPath'), at(each, 'name')]))
      const volumes = new Map(listOf(spec.volumes).map(each => [at(each, 'name'), each]))
      const data = volumes.get(mounts.get('/var/lib/odoo'))
      if (claim === undefined) assert.ok(at(data, 'emptyDir') !== undefined, 'attachments are in a bucket')
      else assert.is(at(data, 'persistentVolumeClaim', 'claimName'), claim.name)
      assert.ok(at(volumes.get(mounts.get('/tmp')), 'emptyDir') !== undefined)
      assert.is(envOf(odoo, 'HOME')?.value, '/tmp')
      assert.is(optionOf(unit, odoo, 'data_dir'), '/var/lib/odoo')
    }
  }
})

test.run()
