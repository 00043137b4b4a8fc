import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { credentialIn, isCredentialName, isLiteralCredential, literalSettings } from '../src/analysis/credential.ts'

const NAMES = {
  secret: [
    ...['db_password', 'PGPASSWORD', 'REDIS_PASSWORD', 'admin_passwd', 'MYSQL_PWD', 'SMTP_PASS', 'pass', 'smtp-pass'],
    ...['clientSecret', 'JWT_SECRET', 'AUTH_TOKEN', 'apiKey', 'API_KEY', 'SECRET_KEY', 'signing-key', 'passphrase'],
    ...['GOOGLE_APPLICATION_CREDENTIALS', 'connection_string', 'house_password'],
  ],
  harmless: [
    ...['PWD', 'OLDPWD', 'compass', 'PASSWORD_FILE', 'SECRET_NAME', 'TOKEN_TTL', 'AWS_ACCESS_KEY_ID', 'key', 'KEY'],
    ...['IMAGE_PULL_SECRET', 'tlsSecret', 'ETCD_INITIAL_CLUSTER_TOKEN', 'ALLOW_EMPTY_PASSWORD', 'KUBE_USE_SECRET'],
    ...['HASHED_PASSWORD', 'no-password', 'tokenizer', 'passport'],
  ],
}

for (const [kind, names] of Object.entries(NAMES)) {
  for (const name of names) {
    test(`by custom, "${name}" is the name of something ${kind}`, () => {
      assert.is(isCredentialName(name), kind === 'secret')
    })
  }
}

const VALUES = {
  secret: [
    'correct-horse',
    '1234',
    'changeme',
    's3cr3t/with/slashes',
    'postgres://app:horse@db/shop',
    '"quoted"',
    'admin',
  ],
  'a stand-in': [
    ...[
      '',
      '  ',
      '""',
      '$(PASSWORD)',
      `\${PASSWORD}`,
      '$PASSWORD',
      '{{ .password }}',
      'a{{ .b }}c',
      '%(password)s',
      '<password>',
    ],
    ...[
      '***',
      '???',
      'xxxx',
      'true',
      'False',
      'no',
      'None',
      'null',
      '0',
      '/run/secrets/db',
      './secret',
      'https://vault.example.com',
    ],
    ...[
      'vault:secret/db#password',
      'arn:aws:secretsmanager:eu',
      'ref+vault://db',
      '$2y$10$abcdef',
      '{SSHA}abc',
      'ENC[AES256_GCM]',
    ],
    ...[
      'DB_PASSWORD',
      'REPLACE_ME',
      'your-token',
      'placeholder_secret',
      'secret-inject@azurekeyvault',
      '!env PASSWORD',
    ],
  ],
}

for (const [kind, values] of Object.entries(VALUES)) {
  for (const value of values) {
    test(`under the name of a secret, "${value}" is ${kind}`, () => {
      assert.is(isLiteralCredential(value), kind === 'secret')
    })
  }
}

test('a private key and a password in an address are told by their looks', () => {
  assert.is(credentialIn('-----BEGIN EC PRIVATE KEY-----\nMHc'), 'a private key')
  assert.is(credentialIn('amqp://app:horse@queue:5672/'), 'a password in an address')
  assert.is(credentialIn('redis://:horse@sessions'), 'a password in an address')
  for (const text of [
    '-----BEGIN CERTIFICATE-----',
    'http://app@db',
    'http://db:8069/a@b',
    'postgres://app:$(PW)@db',
  ]) {
    assert.is(credentialIn(text), undefined, text)
  }
})

test('settings are read in configuration files of every custom, and nowhere else', () => {
  assert.equal(
    literalSettings('odoo.conf', '[options]\nadmin_passwd = a\n# db_password = b\n; db_password = c\ndb_password=d'),
    ['admin_passwd', 'db_password'],
  )
  assert.equal(literalSettings('app.yaml', 'db:\n  password: horse\n  token: name\n  passwords:\n  api_key: {a: 1}'), [
    'password',
  ])
  assert.equal(literalSettings('app.json', '{\n  "clientSecret": "horse",\n  "password": ""\n}'), ['clientSecret'])
  assert.equal(literalSettings('.env', 'export PGPASSWORD=horse\nPGUSER=app'), ['PGPASSWORD'])
  assert.equal(literalSettings('start.py', 'password = horse'), [])
})

test.run()
