import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { labelsOf, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, envOf, ofKind, podsOf, SHOPS, the, type Unit, unitOf } from './charts-unit.ts'

const WITH_S3 = SHOPS.replace('[sale, queue_job', '[sale, attachment_s3, queue_job')

function file({ written }: Unit, name: string): unknown {
  return JSON.parse(String(labelsOf(the(written, 'ConfigMap', 'odoo-scripts').data)[name]))
}

function volumeOf(unit: Unit): unknown {
  return podsOf(unit.written)
    .filter(({ labels }) => labels['waybill.dev/role'] === 'web')
    .flatMap(({ spec }) => listOf(spec.volumes))
    .find(volume => at(volume, 'name') === 'filestore')
}

test('a module that puts attachments into a bucket gets one, with keys that open nothing else', () => {
  const zenith = unitOf(SHOPS, 'zenith', 'production')
  assert.equal(file(zenith, 'records.json'), [
    {
      table: 'fs_storage',
      key: 'code',
      values: {
        code: 'waybill',
        name: 'Attachments',
        protocol: 's3',
        options: '{"key":"$AWS_ACCESS_KEY_ID","secret":"$AWS_SECRET_ACCESS_KEY","endpoint_url":"$AWS_HOST"}',
        eval_options_from_env: true,
        directory_path: 'zenith-papers',
        is_cacheable: true,
        optimizes_directory_path: true,
        autovacuum_gc: true,
        use_as_default_for_attachments: true,
        check_connection_method: 'ls',
        force_db_for_default_attachment_rules: '{"image/": 51200, "application/javascript": 0, "text/css": 0}',
      },
    },
  ])
  for (const { labels, containers } of podsOf(zenith.written)) {
    if (labels['waybill.dev/role'] === undefined) continue
    const [odoo] = containers
    assert.is(envOf(odoo, 'AWS_BUCKETNAME')?.value, 'zenith-papers')
    assert.is(envOf(odoo, 'AWS_HOST')?.value, 'https://s3.shops.example:9000')
    assert.is(envOf(odoo, 'AWS_ACCESS_KEY_ID')?.value, undefined)
  }
  const remote = at(the(zenith.written, 'ExternalSecret', 'odoo-documents'), 'spec', 'data', 0, 'remoteRef', 'key')
  assert.is(remote, 'zenith/production/documents')
  const flow = the(zenith.written, 'NetworkPolicy', 'odoo-to-documents')
  assert.equal(at(flow, 'spec', 'egress', 0, 'ports'), [{ protocol: 'TCP', port: 9000 }])
})

test('the other module is told by a parameter, and has a bucket of its own in every environment', () => {
  const acme = unitOf(WITH_S3, 'acme', 'production')
  assert.is((file(acme, 'parameters.json') as Record<string, string>)['ir_attachment.location'], 's3')
  assert.equal(file(acme, 'records.json'), [])
  assert.is(acme.settings.filestore.bucket?.name, 'acme-production-documents')
  assert.is(unitOf(WITH_S3, 'acme', 'staging').settings.filestore.bucket?.name, 'acme-staging-documents')
  assert.is(unitOf(BAKERY, 'bakery', 'production').settings.filestore.bucket, undefined)
})

test('the volume goes only when somebody says that nothing is left on it', () => {
  assert.is(at(volumeOf(unitOf(WITH_S3, 'acme', 'production')), 'persistentVolumeClaim', 'claimName'), 'odoo-filestore')
  const zenith = unitOf(SHOPS, 'zenith', 'production')
  assert.equal(ofKind(zenith.written, 'PersistentVolumeClaim'), [])
  assert.ok(at(volumeOf(zenith), 'emptyDir') !== undefined)
  const quota = ofKind(zenith.written, 'ResourceQuota').find(({ namespace }) => namespace?.endsWith('-app'))
  assert.is(at(quota?.manifest, 'spec', 'hard', 'persistentvolumeclaims'), '0')
})

test('without a module that would find attachments, neither the volume goes nor a bucket comes', () => {
  const messages = (filestore: string, modules: string) =>
    unitOf(
      BAKERY.replace('users: 25', `users: 25, filestore: {${filestore}}`).replace(
        'odoo: "18.0"',
        `odoo: "18.0", modules: [${modules}]`,
      ),
      'bakery',
      'production',
    ).contradictions.map(({ message }) => message)
  assert.equal(messages('volume: false', 'session_db'), [
    'there is no volume for attachments, and no module that would put them into a bucket',
  ])
  assert.equal(messages('bucket: papers', ''), [
    'filestore.bucket needs one of the modules fs_attachment, attachment_s3, and the release has neither',
  ])
  assert.equal(messages('volume: false', 'fs_attachment'), [
    'logins are kept beside the attachments, and there is no volume for them',
  ])
  assert.equal(messages('volume: false', 'fs_attachment, session_db'), [])
})

test.run()
