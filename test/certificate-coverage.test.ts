import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { coverageOf, coversHost } from '../src/analysis/certificate-coverage.ts'
import type { Manifest, Position, Source } from '../src/manifest/manifest.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'

/** Self-signed, good until 2126, for DNS:shop.example.com and DNS:*.example.org; its common name is another. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIByDCCAW2gAwIBAgIUIvhfULChcH0FPitp6iwvcrmumlcwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTaWdub3JlZC5leGFtcGxlLmNvbTAgFw0yNjExMjIxMjAzMzNa
GA8yMTI2MTAyOTEyMDMzM1owHjEcMBoGA1UEAwwTaWdub3JlZC5leGFtcGxlLmNv
bTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB7yiGPyoi0NTk3+tjh5uIXy6QaY
aKqLBRwWgCSziDUg0+4m0U34DfiJgYPzOTjAnge5bB+lDuvoGs8b4RwiZLSjgYYw
gYMwHQYDVR0OBBYEFCIAlTTLJnraSI+8HCyiSA+f7arGMB8GA1UdIwQYMBaAFCIA
lTTLJnraSI+8HCyiSA+f7arGMA8GA1UdEwEB/wQFMAMBAf8wMAYDVR0RBCkwJ4IQ
c2hvcC5leGFtcGxlLmNvbYINKi5leGFtcGxlLm9yZ4cECgAAATAKBggqhkjOPQQD
AgNJADBGAiEAvyrrkRsWFxiCSrbWubnbVN2d4aBAmbCGrnL475kci3cCIQC4iS/r
k8q4bF+jsLBAhGRt6QEyeS/FD/ZVoVwaZ2crJw==
-----END CERTIFICATE-----
`

const NOWHERE: Position = { line: 1, column: 1, offset: 0 }

function coverageIn(...manifests: readonly Manifest[]) {
  const sources = manifests.map(
    (manifest): Source => ({ file: 'a.yaml', manifest, range: () => ({ start: NOWHERE, end: NOWHERE }) }),
  )
  return coverageOf(indexOf(sources, { profile: 'standard' }))
}

function manifest(apiVersion: string, kind: string, name: string, fields: object, namespace = 'shop'): Manifest {
  return { apiVersion, kind, metadata: { name, namespace }, ...fields }
}

const secret = (fields: object) => manifest('v1', 'Secret', 'tls', { type: 'kubernetes.io/tls', ...fields })
const certificate = (name: string, dnsNames: readonly string[]) =>
  manifest('cert-manager.io/v1', 'Certificate', name, { spec: { secretName: 'tls', dnsNames } })

for (const [name, host, covers] of [
  ['shop.example.com', 'shop.example.com', true],
  ['Shop.Example.com', 'shop.example.COM', true],
  ['*.example.com', 'shop.example.com', true],
  ['*.example.com', '*.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'a.shop.example.com', false],
  ['shop.example.com', '*.example.com', false],
  ['*.com', 'example.com', true],
  ['', 'example.com', false],
] as const) {
  test(`a certificate for "${name}" is ${covers ? '' : 'not '}good for "${host}"`, () => {
    assert.is(coversHost(name, host), covers)
  })
}

test('a Certificate covers what one of its names covers, and else its names are told', () => {
  const coverage = coverageIn(certificate('a', ['a.example.com']), certificate('b', ['b.example.com', '*.example.org']))
  assert.equal(coverage('shop', 'tls', 'x.example.org'), { kind: 'covers' })
  const found = coverage('shop', 'tls', 'c.example.com')
  assert.is(found.kind, 'misses')
  if (found.kind !== 'misses') return
  assert.equal(
    [found.source.manifest.metadata.name, found.at, found.names],
    ['a', ['spec', 'dnsNames'], ['a.example.com']],
  )
})

test('a Certificate in another namespace makes no Secret here', () => {
  const coverage = coverageIn(certificate('a', ['a.example.com']))
  assert.equal(coverage('other', 'tls', 'a.example.com'), { kind: 'no secret' })
  assert.equal(coverage('shop', 'other', 'a.example.com'), { kind: 'no secret' })
})

for (const [field, value] of [
  ['stringData', PEM],
  ['data', Buffer.from(PEM).toString('base64')],
] as const) {
  test(`the names in a certificate that a Secret holds in ${field} are read, and its common name is none`, () => {
    const coverage = coverageIn(secret({ [field]: { 'tls.crt': value } }))
    for (const host of ['shop.example.com', 'a.example.org']) assert.is(coverage('shop', 'tls', host).kind, 'covers')
    const found = coverage('shop', 'tls', 'ignored.example.com')
    assert.is(found.kind, 'misses')
    if (found.kind !== 'misses') return
    assert.equal(
      [found.at, found.names],
      [
        [field, 'tls.crt'],
        ['shop.example.com', '*.example.org'],
      ],
    )
  })
}

test('a Secret whose certificate cannot be read is believed', () => {
  const broken = `${PEM.slice(0, 200)}\n-----END CERTIFICATE-----\n`
  for (const text of [broken, '{{ .certificate }}', '']) {
    assert.is(
      coverageIn(secret({ stringData: { 'tls.crt': text } }))('shop', 'tls', 'a.example.com').kind,
      'covers',
      text,
    )
  }
  assert.is(coverageIn(secret({}))('shop', 'tls', 'a.example.com').kind, 'covers')
})

test('a Secret that another manifest makes is believed, whatever is in it', () => {
  const sealed = manifest('bitnami.com/v1alpha1', 'SealedSecret', 'tls', {})
  const external = manifest('external-secrets.io/v1', 'ExternalSecret', 'from-vault', {
    spec: { target: { name: 'tls' } },
  })
  const own = manifest('external-secrets.io/v1', 'ExternalSecret', 'tls', { spec: {} })
  for (const maker of [sealed, external, own]) {
    assert.is(coverageIn(maker)('shop', 'tls', 'a.example.com').kind, 'covers', maker.kind)
    assert.is(coverageIn(maker)('other', 'tls', 'a.example.com').kind, 'no secret', maker.kind)
  }
})

test.run()
