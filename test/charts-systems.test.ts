import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, envOf, ofKind, podsOf, SHOPS, the, unitOf } from './charts-unit.ts'

const messages = (yaml: string, tenant = 'bakery') =>
  unitOf(yaml, tenant, 'production').contradictions.map(({ message }) => message)
const withModules = (odoo: string, modules: string) =>
  BAKERY.replace('odoo: "18.0"', `odoo: "${odoo}", modules: [${modules}]`)

test('a module that its series does not have is refused before anybody misses it', () => {
  assert.equal(messages(withModules('19.0', 'attachment_s3')), [
    'the module "attachment_s3" is not there for Odoo 19.0, only for 16.0, 17.0, 18.0',
  ])
  assert.equal(messages(withModules('18.0', 'attachment_s3, session_redis')), [])
  assert.equal(messages(withModules('17.0', 'edi_core_oca')), [
    'the module "edi_core_oca" is not there for Odoo 17.0, only for 18.0, 19.0',
  ])
  assert.equal(messages(withModules('16.0', 'what_nobody_listed')), [])
})

test('a module of another series is refused, and a version that names none belongs to any', () => {
  const version = (text: string) => messages(withModules('18.0', `{name: shop, version: ${text}}`))
  assert.equal(version('18.0.1.2.0'), [])
  assert.equal(version('"1.2"'), [])
  assert.equal(version('1.2.0'), [])
  assert.equal(version('17.0.1.2.0'), [
    'the module "shop" has version 17.0.1.2.0, and Odoo 18.0 leaves it out without a word',
  ])
  assert.equal(version('17.0.1.0').length, 1)
})

test('a hotfix is held to the same, with the modules that it brings', () => {
  const hotfix = BAKERY.replace(
    'users: 25',
    `users: 25, release: {image: "registry.example/bakery/odoo@sha256:${'c'.repeat(64)}", modules: [{name: shop, version: 17.0.1.0.0}], reason: x, expires: 2026-12-31}`,
  )
  const [found] = unitOf(hotfix, 'bakery', 'production').contradictions
  assert.match(found?.message ?? '', /"shop" has version 17\.0\.1\.0\.0/)
  assert.equal(found?.key.slice(0, 4), ['tenants', 'bakery', 'environments', 'production'])
})

test('modules that ruin each other are refused together', () => {
  assert.match(messages(withModules('18.0', 'session_redis, auth_session_timeout'))[0] ?? '', /does not get along/)
})

test('a system is called with its own secret, in production, by those who do the work', () => {
  const yaml = SHOPS.replace(
    'carrier: {host: api.carrier.example, port: 443}',
    'carrier: {host: api.carrier.example, port: 443, secret: [user, token], channel: edi}',
  )
  const { written } = unitOf(yaml, 'acme', 'production')
  const secret = the(written, 'ExternalSecret', 'integration-carrier')
  assert.equal(
    listOf(at(secret, 'spec', 'data')).map(each => [at(each, 'secretKey'), at(each, 'remoteRef', 'key')]),
    [
      ['user', 'acme/production/integration-carrier'],
      ['token', 'acme/production/integration-carrier'],
    ],
  )
  for (const { labels, containers, spec } of podsOf(written)) {
    const role = labels['waybill.dev/role']
    if (role === undefined) continue
    const mount = listOf(containers[0]?.volumeMounts).find(each => at(each, 'name') === 'integration-carrier')
    const calls = ['web', 'cron', 'queue'].includes(role)
    assert.is(at(mount, 'mountPath'), calls ? '/etc/integrations/carrier' : undefined, role)
    const volume = listOf(spec.volumes).find(each => at(each, 'name') === 'integration-carrier')
    assert.is(at(volume, 'secret', 'secretName'), calls ? 'integration-carrier' : undefined, role)
  }
  const staging = unitOf(yaml, 'acme', 'staging').written
  assert.not.ok(ofKind(staging, 'ExternalSecret').some(({ name }) => name.startsWith('integration-')))
  assert.equal(messages(yaml.replace('channel: edi', 'channel: fax'), 'acme'), [
    'the integration "carrier" uses the channel "fax", which the queue does not have',
  ])
})

const SSO = withModules('18.0', 'auth_oidc').replace(
  'tenants:',
  'sso: {issuer: "https://sso.example/realms/erp", clientId: bakery-erp}\ntenants:',
)

test('people log in where the platform says, and what proves it to the provider stands in the store', () => {
  const { written } = unitOf(SSO, 'bakery', 'production')
  const records = JSON.parse(String(labelsOf(the(written, 'ConfigMap', 'odoo-scripts').data)['records.json']))
  assert.is(records.length, 1)
  const { table, key, values } = fieldsOf(records[0])
  assert.equal([table, key], ['auth_oauth_provider', 'client_id'])
  const provider = fieldsOf(values)
  assert.equal(
    [provider.client_id, provider.flow, provider.auth_endpoint, provider.token_endpoint, provider.jwks_uri],
    [
      'bakery-erp',
      'id_token_code',
      'https://sso.example/realms/erp/protocol/openid-connect/auth',
      'https://sso.example/realms/erp/protocol/openid-connect/token',
      'https://sso.example/realms/erp/protocol/openid-connect/certs',
    ],
  )
  const migrate = podsOf(written).find(({ labels }) => labels['waybill.dev/role'] === 'migrate')
  for (const value of [provider.client_secret, provider.code_verifier]) {
    const variable = envOf(migrate?.containers[0], String(value).slice(1))
    assert.is(at(variable, 'valueFrom', 'secretKeyRef', 'name'), 'odoo-sso')
  }
  const flow = the(written, 'NetworkPolicy', 'odoo-to-identity-provider')
  assert.equal(at(flow, 'spec', 'podSelector', 'matchLabels', 'waybill.dev/role'), 'web')
  assert.equal(at(flow, 'spec', 'egress', 0, 'ports', 0, 'port'), 443)
})

test('logging in elsewhere asks for the module that can, and for both names', () => {
  assert.equal(messages(SSO.replace('modules: [auth_oidc]', 'modules: []')), [
    'sso needs the module "auth_oidc", which the release does not have',
  ])
  const nameless = SSO.replace(', clientId: bakery-erp', '')
  assert.is(unitOf(nameless, 'bakery', 'production').settings.sso, undefined, 'the provider does not know the tenant')
  assert.equal(messages(withModules('18.0', 'auth_oidc').replace('users: 25', 'users: 25, sso: {clientId: bakery}')), [
    'sso has no issuer',
  ])
})

test.run()
