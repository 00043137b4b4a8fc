import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, listOf } from '../src/manifest/value.ts'
import type { Timetable } from '../src/spec/timetable.ts'
import {
  at,
  everyUnit,
  OFFICE,
  ofKind,
  PROVIDER,
  platformUnitOf,
  podsOf,
  SHOPS,
  the,
  unitOf,
  type Written,
} from './charts-unit.ts'

/** Every message of the contradictions in a unit. */
function messages(yaml: string, tenant: string, environment: string, timetable?: Timetable): string[] {
  return unitOf(yaml, tenant, environment, timetable).contradictions.map(({ message }) => message)
}

test('in business hours there are pods, outside of them none, and one autoscaler alone decides that', () => {
  const { written, settings } = unitOf(PROVIDER, 'palace', 'dev')
  const deployments = ofKind(written, 'Deployment')
  assert.equal(
    ofKind(written, 'ScaledObject').map(({ name }) => name),
    deployments.map(({ name }) => name),
  )
  assert.equal(ofKind(written, 'HorizontalPodAutoscaler'), [])
  for (const { name, manifest } of deployments) {
    assert.is(at(manifest, 'spec', 'replicas'), undefined, name)
    assert.is(at(manifest, 'metadata', 'annotations', 'waybill.dev/replicas'), 'autoscaled')
  }
  const web = fieldsOf(the(written, 'ScaledObject', 'odoo-web').spec)
  assert.equal(web.scaleTargetRef, { name: 'odoo-web' })
  assert.is(web.minReplicaCount, 0)
  assert.is(web.maxReplicaCount, settings.web.maxReplicas)
  assert.equal(listOf(web.triggers)[0], {
    type: 'cron',
    metadata: {
      timezone: 'Europe/Paris',
      start: '0 7 * * 1-6',
      end: '0 19 * * 1-6',
      desiredReplicas: String(settings.web.replicas),
    },
  })
})

test('load still adds pods in business hours, and never brings the first one', () => {
  const busy = PROVIDER.replace('tier: silver, users: 60', 'tier: silver, users: 60, peak: 2')
  const { written, settings } = unitOf(busy, 'palace', 'dev')
  assert.ok(settings.web.maxReplicas > settings.web.replicas)
  const triggers = (name: string) =>
    listOf(at(the(written, 'ScaledObject', name), 'spec', 'triggers')).map(each => at(each, 'type'))
  assert.equal(triggers('odoo-web'), ['cron', 'cpu'])
  assert.equal(triggers('odoo-websocket'), ['cron'])
  assert.is(at(the(written, 'ScaledObject', 'odoo-web'), 'spec', 'minReplicaCount'), 0)
})

test('servers sleep with the pods, a margin later, and wake a margin earlier', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'dev')
  const calls = ofKind(written, 'CronJob').map(({ name, manifest }) => {
    const pod = at(manifest, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
    return [
      name,
      at(manifest, 'spec', 'timeZone'),
      at(manifest, 'spec', 'schedule'),
      listOf(at(pod, 'containers', 0, 'args'))[2],
    ]
  })
  assert.equal(calls, [
    ['database-wake', 'Europe/Paris', '45 6 * * 1-6', 'cnpg.io/hibernation=off'],
    ['database-sleep', 'Europe/Paris', '15 19 * * 1-6', 'cnpg.io/hibernation=on'],
  ])
  const role = the(written, 'Role', 'hibernation')
  assert.equal(role.rules, [
    {
      apiGroups: ['postgresql.cnpg.io'],
      resources: ['clusters'],
      resourceNames: ['database'],
      verbs: ['get', 'patch'],
    },
  ])
  assert.equal(at(the(written, 'RoleBinding', 'hibernation'), 'subjects'), [
    { kind: 'ServiceAccount', name: 'hibernation' },
  ])
})

test('hours that come in several pieces have a call for each', () => {
  const awake = [
    { start: '45 6 * * 1-5', end: '15 12 * * 1-5' },
    { start: '45 13 * * 6', end: '15 18 * * 6' },
  ]
  const { written } = unitOf(PROVIDER, 'palace', 'dev', { ...OFFICE, awake })
  assert.equal(
    ofKind(written, 'CronJob').map(({ name }) => name),
    ['database-wake', 'database-sleep', 'database-wake-2', 'database-sleep-2'],
  )
})

test('backups of servers that sleep are made during the day, or, where there is no time for one, not at all', () => {
  const schedule = (timetable?: Timetable) =>
    fieldsOf(the(unitOf(PROVIDER, 'palace', 'dev', timetable).written, 'ScheduledBackup', 'database-backups').spec)
  assert.is(schedule().schedule, '0 0 12 * * 1-6')
  assert.is(schedule().suspend, undefined)
  const { backup: _, ...short } = OFFICE
  assert.is(schedule(short).suspend, true)
  const stated = PROVIDER.replace('tier: silver, users: 60', 'tier: silver, backup: {schedule: "0 0 9 * * *"}')
  const { written } = unitOf(stated, 'palace', 'dev')
  assert.is(at(the(written, 'ScheduledBackup', 'database-backups'), 'spec', 'schedule'), '0 0 9 * * *')
})

test('a migration that begins in the night waits for the morning', () => {
  const deadline = (environment: string) =>
    Number(
      at(ofKind(unitOf(PROVIDER, 'palace', environment).written, 'Job')[0]?.manifest, 'spec', 'activeDeadlineSeconds'),
    )
  assert.is(deadline('dev') - deadline('production'), OFFICE.longestSleep)
  const scripts = the(unitOf(PROVIDER, 'palace', 'dev').written, 'ConfigMap', 'odoo-scripts')
  assert.match(String(at(scripts, 'data', 'migrate.py')), /except psycopg2\.OperationalError as error:\n.*waiting/)
})

test('a tenant on shared servers goes to bed alone: the servers sleep when all of them do', () => {
  assert.equal(ofKind(unitOf(PROVIDER, 'inn', 'dev').written, 'CronJob'), [])
  assert.is(ofKind(unitOf(PROVIDER, 'inn', 'dev').written, 'ScaledObject').length, 4)
  const { written } = platformUnitOf(PROVIDER, 'dev')
  assert.equal(
    ofKind(written, 'CronJob').map(({ name }) => name),
    ['database-wake', 'database-sleep'],
  )
  const awake = platformUnitOf(PROVIDER.replace(', calendar: office}', '}'), 'dev').written
  assert.equal(ofKind(awake, 'CronJob'), [])
})

test('shared servers do not sleep while somebody on them is up', () => {
  const messagesOf = (yaml: string) => platformUnitOf(yaml, 'dev').contradictions.map(({ message }) => message)
  assert.equal(messagesOf(PROVIDER), [])
  const always = PROVIDER.replace('dev: {host: dev.inn.example,', 'dev: {schedule: always, host: dev.inn.example,')
  assert.match(messagesOf(always)[0] ?? '', /the tenant "inn" on them is always up/)
  const other = PROVIDER.replace('shared: {tenants: 3, calendar: office}', 'shared: {calendar: other}')
  assert.match(messagesOf(other)[0] ?? '', /the tenant "inn" on them keeps another one/)
})

/** What sends servers to sleep and wakes them. */
function hibernationsIn(written: readonly Written[]): Written[] {
  return ofKind(written, 'CronJob').filter(({ namespace }) => namespace?.endsWith('-data'))
}

test('production is always up, and so is whoever says so', () => {
  for (const [place, { written, settings }] of everyUnit()) {
    if (settings.schedule !== undefined) continue
    assert.equal(ofKind(written, 'ScaledObject'), [], place)
    assert.equal(hibernationsIn(written), [], place)
  }
  assert.equal(
    everyUnit()
      .filter(([, { settings }]) => settings.schedule !== undefined)
      .map(([place]) => place),
    ['inn/dev', 'palace/dev'],
  )
  const asked = PROVIDER.replace('production: {gitops', 'production: {schedule: office, gitops')
  assert.match(messages(asked, 'palace', 'production')[0] ?? '', /production is always up/)
})

test('business hours that nobody told, or that never end, are no schedule', () => {
  const nameless = PROVIDER.replaceAll('    calendar: office\n', '')
  assert.match(messages(nameless, 'palace', 'dev')[0] ?? '', /the tenant has no calendar/)
  assert.match(messages(PROVIDER, 'palace', 'dev', { ...OFFICE, open: [], awake: [] })[0] ?? '', /"office" has none/)
  assert.match(messages(PROVIDER, 'palace', 'dev', { ...OFFICE, awake: [] })[0] ?? '', /never end/)
  assert.match(messages(PROVIDER, 'palace', 'dev', { ...OFFICE, problems: ['it is torn'] })[0] ?? '', /it is torn/)
})

test('from tier gold up, where it is asked for, something says what pods really use, and changes nothing', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'production')
  const targets = ofKind(written, 'VerticalPodAutoscaler').map(({ manifest }) => {
    assert.is(at(manifest, 'spec', 'updatePolicy', 'updateMode'), 'Off')
    return `${String(at(manifest, 'spec', 'targetRef', 'kind'))}/${String(at(manifest, 'spec', 'targetRef', 'name'))}`
  })
  assert.equal(targets, [
    'Deployment/odoo-web',
    'Deployment/odoo-websocket',
    'Deployment/odoo-cron',
    'Cluster/database',
  ])
  for (const target of targets) {
    const [kind = '', name = ''] = target.split('/')
    assert.ok(the(written, kind, name))
  }
  assert.equal(ofKind(unitOf(PROVIDER, 'inn', 'production').written, 'VerticalPodAutoscaler'), [], 'silver')
  assert.equal(ofKind(unitOf(SHOPS, 'zenith', 'production').written, 'VerticalPodAutoscaler'), [], 'not asked for')
  const asked = PROVIDER.replace(
    'production: {host: inn.example,',
    'production: {rightSizing: true, host: inn.example,',
  )
  assert.match(messages(asked, 'inn', 'production')[0] ?? '', /rightSizing is for tiers gold and platinum/)
})

test('alerts are mute while an environment sleeps by its calendar, in winter and in summer', () => {
  const receivers = 'observability: {receivers: {warning: {kind: slack, key: alerting/slack}}}\n'
  const asked = PROVIDER.replace('operators: managed\n', `operators: managed\n${receivers}`)
  const { written } = unitOf(asked, 'palace', 'dev')
  const [muted] = listOf(at(ofKind(written, 'AlertmanagerConfig')[0]?.manifest, 'spec', 'muteTimeIntervals'))
  assert.equal(at(muted, 'timeIntervals'), [
    {
      weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'],
      times: [
        { startTime: '00:00', endTime: '06:00' },
        { startTime: '17:00', endTime: '24:00' },
      ],
    },
    { weekdays: ['sunday'], times: [{ startTime: '00:00', endTime: '24:00' }] },
  ])
  const stated = asked.replace('observability: {', 'observability: {attended: Mon-Fri 08:00-16:00, ')
  const [own] = listOf(
    at(ofKind(unitOf(stated, 'palace', 'dev').written, 'AlertmanagerConfig')[0]?.manifest, 'spec', 'muteTimeIntervals'),
  )
  assert.equal(at(own, 'timeIntervals', 0), { weekdays: ['sunday', 'saturday'] }, 'what is stated stands')
})

test('the pods that send servers to sleep keep to the restricted level, and are the only ones with a token', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'dev')
  const calls = hibernationsIn(written)
  assert.is(calls.length, 2)
  for (const { manifest } of calls) {
    const spec = fieldsOf(at(manifest, 'spec', 'jobTemplate', 'spec', 'template', 'spec'))
    assert.is(spec.automountServiceAccountToken, true)
    assert.is(spec.serviceAccountName, 'hibernation')
    assert.is(at(spec, 'securityContext', 'runAsNonRoot'), true)
    const security = fieldsOf(at(spec, 'containers', 0, 'securityContext'))
    assert.equal([security.allowPrivilegeEscalation, security.readOnlyRootFilesystem], [false, true])
    assert.match(String(at(spec, 'containers', 0, 'image')), /@sha256:[0-9a-f]{64}$/)
  }
  const others = podsOf(written).filter(({ object }) => !calls.includes(object))
  for (const { spec } of others) assert.is(spec.automountServiceAccountToken, false)
})

test.run()
