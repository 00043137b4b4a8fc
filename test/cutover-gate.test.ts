import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCalendars } from '../src/promote/calendar-file.ts'
import { cutoverGate } from '../src/promote/cutover-gate.ts'
import { environmentNamed } from '../src/spec/platform.ts'
import { unitNamed } from '../src/spec/unit.ts'
import type { TreeReader } from '../src/synth/tree.ts'
import { revisionOf } from '../src/synth/unit-file.ts'
import { DIGEST, platformOf, problemsOf } from './platform-fixture.ts'

const MIGRATION = `    migration:
      from: {system: legacy ERP}
      inventory: {versions: [], modules: [], interfaces: [], reports: [], exchanges: [], logins: [], retention: []}
      waves: {WAVES}
      cutover:
        begins: 2027-02-07 22:00
        lasts: 8h
        freeze: 36h
        rollbackBy: 5h
        rollbackWhen: [fewer orders than usual]
        hypercare: 21d
        signOff: [finance, warehouse]
`

const SIGNED = ['landing-zone', 'non-production', 'rehearsal', 'cutover'].map(
  (wave, index) => `${wave}: {signed: {by: M. Keller, on: 2027-0${index < 3 ? 1 : 2}-08}}`,
)

function platform(wave: string, signed: number, migration = MIGRATION) {
  return platformOf(`apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {}
  production: {gates: ${wave === '' ? '{}' : `{migrationWave: ${wave}}`}}
tenants:
  shop:
    calendar: retail
    release: {odoo: "18.0", image: "registry.example/shop/odoo@sha256:${DIGEST}"}
${migration.replace('{WAVES}', `{${SIGNED.slice(0, signed).join(', ')}}`)}
    environments: {dev: {host: dev.shop.example}, production: {host: shop.example}}
`)
}

const FIRST = ['segmentation', 'identity-federation', 'secrets', 'backup-policy', 'baseline-monitoring']
const SECOND = ['images', 'manifests', 'restore-test', 'integrations']
const THIRD = ['masked-data', 'load-test', 'failover-simulation', 'process-acceptance']
const DONE = [...FIRST, ...SECOND, ...THIRD]

function reader(done: readonly string[], roles: readonly string[] = []): TreeReader {
  const entries = [
    ...done.map(what => `- {what: ${what}, at: 2027-01-05T08:00:00Z, by: Ines}`),
    ...roles.map(role => `- {what: sign-off, role: ${role}, at: 2027-02-06T08:00:00Z, by: Ines}`),
  ]
  const text = `apiVersion: waybill.dev/v1alpha1\nkind: Evidence\nevidence: ${entries.length === 0 ? '[]' : ''}\n${entries.join('\n')}\n`
  const read = (path: string) => (path === 'evidence/production/shop.yaml' ? text : undefined)
  return { read, names: () => [], files: () => [], below: () => new Map() }
}

const calendars = parseCalendars({
  apiVersion: 'waybill.dev/v1alpha1',
  kind: 'Calendar',
  calendars: { retail: { timezone: 'Europe/Paris' } },
})

interface State {
  readonly wave?: string
  readonly signed?: number
  readonly done?: readonly string[]
  readonly roles?: readonly string[]
  readonly at: string
  readonly migration?: string
}

function gate({ wave = 'cutover', signed = 3, done = DONE, roles = [], at, migration }: State) {
  const read = platform(wave, signed, migration)
  const target = environmentNamed(read, 'production')
  assert.ok(target)
  const { state, reason } = cutoverGate(
    { platform: read, base: reader(done, roles), calendars, now: Date.parse(at) / 1000 },
    target,
    'shop',
  )
  return `${state}: ${reason}`
}

test('a tenant that is here already, and an environment of no migration, are asked for nothing', () => {
  assert.match(gate({ wave: '', at: '2027-01-10T08:00:00Z' }), /^not configured: production is part of no migration/)
  assert.match(
    gate({ migration: '', at: '2027-01-10T08:00:00Z' }),
    /^not configured: the unit does not come from elsewhere/,
  )
})

test('each wave needs the record of its exit criteria, and a signature, before the next one begins', () => {
  const at = '2027-01-10T08:00:00Z'
  assert.is(gate({ done: FIRST.slice(1), at }), 'closed: the wave landing-zone has no record of segmentation')
  assert.is(gate({ done: FIRST, signed: 0, at }), 'closed: the wave landing-zone is not signed')
  assert.match(
    gate({ done: FIRST, at }),
    /^closed: the wave non-production has no record of images, manifests, restore-test, /,
  )
  assert.is(gate({ signed: 2, at }), 'closed: the wave rehearsal is not signed')
  assert.match(gate({ at }), /^open: /)
})

test('an environment of an earlier wave needs only the waves before its own', () => {
  const at = '2027-01-10T08:00:00Z'
  assert.match(gate({ wave: 'non-production', signed: 1, done: FIRST, at }), /^open: /)
  assert.match(gate({ wave: 'rehearsal', signed: 1, done: FIRST, at }), /^closed: the wave non-production/)
})

test('what is recorded for a day ahead is not done', () => {
  assert.match(gate({ at: '2027-01-05T07:59:59Z' }), /^closed: the wave landing-zone has no record of segmentation/)
})

test('the cutover is prepared, frozen, open for its hours with every signature, and then closed until it is signed', () => {
  const roles = ['finance', 'warehouse']
  assert.match(
    gate({ roles, at: '2027-02-06T08:59:59Z' }),
    /^open: the cutover begins at 2027-02-07 22:00 Europe\/Paris/,
  )
  assert.is(
    gate({ roles, at: '2027-02-06T09:00:00Z' }),
    'closed: frozen for 36h before the cutover of 2027-02-07 22:00 Europe/Paris',
  )
  assert.match(gate({ roles, at: '2027-02-07T20:59:59Z' }), /^closed: frozen/)
  assert.is(gate({ roles: ['finance'], at: '2027-02-07T21:00:00Z' }), 'closed: warehouse has not signed off')
  assert.match(
    gate({ roles, at: '2027-02-07T21:00:00Z' }),
    /^open: in the cutover, .*; the way back is open until 2027-02-08 03:00 Europe\/Paris/,
  )
  assert.match(
    gate({ roles, at: '2027-02-08T02:00:00Z' }),
    /^open: .*; the way back closed at 2027-02-08 03:00 Europe\/Paris/,
  )
  assert.match(
    gate({ roles, at: '2027-02-08T05:00:00Z' }),
    /^closed: the cutover ended at 2027-02-08 06:00 Europe\/Paris, and nobody has signed it/,
  )
})

test('a signed cutover is over, and hypercare is named as long as it lasts', () => {
  assert.match(
    gate({ signed: 4, at: '2027-02-28T08:00:00Z' }),
    /^open: the cutover is signed by M. Keller; hypercare until 2027-03-02/,
  )
  assert.is(gate({ signed: 4, at: '2027-03-02T00:00:00Z' }), 'open: the cutover is signed by M. Keller')
})

test('a cutover on a day that is none stays closed', () => {
  const migration = MIGRATION.replace('2027-02-07', '2027-02-30')
  assert.match(gate({ migration, at: '2027-01-10T08:00:00Z' }), /^closed: cutover.begins "2027-02-30 22:00" is no day/)
})

test('the migration governs and changes no manifest: it gives nobody a new revision', () => {
  const revision = (migration: string) => {
    const read = platform('', 0, migration)
    const production = environmentNamed(read, 'production')
    const unit = production && unitNamed(read, production, 'shop')
    return unit && revisionOf(unit.promoted)
  }
  assert.is(revision(MIGRATION), revision(''))
})

test('waves are signed in their order', () => {
  const out = MIGRATION.replace('{WAVES}', '{rehearsal: {signed: {by: M. Keller, on: 2027-01-08}}}')
  assert.match(
    problemsOf(() => platform('', 0, out))[0]?.message ?? '',
    /"rehearsal" is signed, and "landing-zone" before it is not/,
  )
})

test.run()
