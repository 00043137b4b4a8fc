import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { assumptionsOf } from '../src/synth/assumption.ts'
import { BAKERY, PROVIDER, platformUnitOf, unitOf, type Written } from './charts-unit.ts'

function operatorsOf(written: readonly Written[]): readonly string[] {
  const found = assumptionsOf(written.map(({ manifest }) => manifest as Manifest))
  return found.find(({ what }) => what === 'operators')?.names ?? []
}

test('what manifests rest on is assumed, be it asked for by a kind or by an annotation', () => {
  assert.equal(operatorsOf(unitOf(BAKERY, 'bakery', 'production').written), [
    'CloudNativePG',
    'External Secrets',
    'Reloader',
    'Traefik',
    'cert-manager',
    'the Barman Cloud plugin of CloudNativePG',
  ])
})

test('an operator that is installed with them is not assumed, and the engine that installs it is', () => {
  for (const [yaml, engine] of [
    [PROVIDER, 'Argo CD'],
    [PROVIDER.replace('argocd', 'flux'), 'Flux'],
  ] as const) {
    const all = ['inn', 'palace'].flatMap(tenant => unitOf(yaml, tenant, 'dev').written)
    assert.equal(operatorsOf([...platformUnitOf(yaml, 'dev').written, ...all]), [engine])
  }
  const taken = PROVIDER.replace('operators: managed\n', '')
  assert.ok(
    operatorsOf([...platformUnitOf(taken, 'dev').written, ...unitOf(taken, 'inn', 'dev').written]).includes('KEDA'),
  )
})

test.run()
