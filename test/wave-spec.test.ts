import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { environmentNamed } from '../src/spec/platform.ts'
import { InputError } from '../src/spec/problem.ts'
import { readPlatform } from '../src/spec/read.ts'
import { unitNamed } from '../src/spec/unit.ts'
import { waveIndex } from '../src/spec/wave.ts'
import { revisionOf } from '../src/synth/unit-file.ts'
import { DIGEST } from './platform-fixture.ts'

const tenant = (name: string, environments: readonly string[]) => `
  ${name}:
    release: {odoo: "18.0", image: "registry.example/${name}/odoo@sha256:${DIGEST}"}
    environments: {${environments.map(environment => `${environment}: {host: ${environment}.${name}.example}`).join(', ')}}`

function platform(waves: string, tenants = ['bakery', 'shop']) {
  const text = `apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {}
  production: {${waves}}
tenants:${tenants.map(name => tenant(name, ['dev', 'production'])).join('')}${tenant('trial', ['dev'])}
`
  return readPlatform(new Map([['platform.yaml', text]]), () => undefined)
}

function wavesIn(waves: string) {
  return environmentNamed(platform(waves), 'production')?.waves ?? []
}

test('an environment that declares no waves has none, and everybody goes together', () => {
  assert.equal(wavesIn(''), [])
  assert.is(waveIndex([], 'shop'), -1)
})

test('the shared unit goes before the declared waves, and whom nobody names after them', () => {
  const waves = wavesIn('waves: [{name: pilots, tenants: [bakery], soak: 2d}]')
  assert.equal(waves, [
    { name: 'platform', tenants: ['platform'], soak: 0 },
    { name: 'pilots', tenants: ['bakery'], soak: 172_800 },
    { name: 'rest', soak: 0 },
  ])
  assert.equal(
    ['platform', 'bakery', 'shop'].map(unit => waveIndex(waves, unit)),
    [0, 1, 2],
  )
})

test('the shared unit soaks too where its wave says so', () => {
  const [first] = wavesIn('waves: [{name: platform, soak: 1h}, {name: pilots, tenants: [bakery], soak: 0}]')
  assert.equal(first, { name: 'platform', tenants: ['platform'], soak: 3_600 })
})

test('waves govern and change no manifest: they give nobody a new revision', () => {
  const revision = (waves: string) => {
    const read = platform(waves)
    const production = environmentNamed(read, 'production')
    const unit = production && unitNamed(read, production, 'shop')
    return unit && [revisionOf(unit.promoted), JSON.stringify(unit.local)]
  }
  assert.equal(revision('waves: [{name: pilots, tenants: [bakery], soak: 2d}]'), revision(''))
})

const WRONG: readonly (readonly [waves: string, message: RegExp])[] = [
  ['{name: pilots, tenants: [bakry], soak: 0}', /names "bakry", and there is no such tenant/],
  ['{name: pilots, tenants: [trial], soak: 0}', /"trial" does not live in "production"/],
  ['{name: a, tenants: [shop], soak: 0}, {name: b, tenants: [shop], soak: 0}', /is in the wave "a" already/],
  ['{name: a, tenants: [shop], soak: 0}, {name: a, tenants: [bakery], soak: 0}', /"a" is declared twice/],
  ['{name: rest, tenants: [shop], soak: 0}', /"rest" is that of another wave/],
  ['{name: bakery, tenants: [shop], soak: 0}', /"bakery" is that of a tenant/],
  ['{name: pilots, soak: 0}', /nobody is in the wave "pilots"/],
  [
    '{name: pilots, tenants: [shop], soak: 0}, {name: platform, soak: 0}',
    /the wave "platform" is the shared unit alone/,
  ],
  ['{name: pilots, tenants: [shop]}', /has no "soak"/],
  ['', /is an empty list/],
]

for (const [waves, message] of WRONG) {
  test(`waves that say "${waves}" are refused at their line`, () => {
    let caught: unknown
    try {
      platform(`waves: [${waves}]`)
    } catch (error) {
      caught = error
    }
    assert.instance(caught, InputError)
    const [problem] = (caught as InputError).problems
    assert.match(problem?.message ?? '', message)
    assert.is(problem?.start?.line, 5)
  })
}

test('a tenant called like the last wave is refused where there are waves, and nowhere else', () => {
  assert.throws(
    () => platform('waves: [{name: pilots, tenants: [rest], soak: 0}]', ['rest']),
    /the name of the last wave/,
  )
  platform('', ['rest'])
})

test.run()
