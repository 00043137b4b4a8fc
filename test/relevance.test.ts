import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BakedPolicies, builtInPolicies } from '../src/cli/catalogue.ts'
import { parsePage } from '../src/lint/page.ts'
import type { Judgement } from '../src/lint/policy.ts'
import { isNothingTo, looksOf } from '../src/lint/relevance.ts'
import { type Index, indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'

const environment = (yaml: string) => indexOf(parseManifests('a.yaml', yaml).sources, { profile: 'strict' })
const NOTHING = environment('')
const SERVICE = environment('apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n')
const POD = environment(
  'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: MyShop/x:1}]}\n',
)

/** Whether a policy that asks so has to be asked in each of the three environments. */
function asked(ask: (index: Index) => boolean): boolean[] {
  const looks = looksOf(function* (index): Generator<Judgement> {
    const [source] = index.sources.length > 0 && ask(index) ? index.sources : []
    if (source !== undefined) yield { source, at: [], message: 'found' }
    else ask(index)
  })
  assert.ok(looks)
  return [NOTHING, SERVICE, POD].map(index => !isNothingTo(looks, index))
}

test('a policy is asked where an environment answers any of its questions otherwise than an empty one', () => {
  const without = (ask: (index: Index) => unknown) => {
    const looks = looksOf(index => {
      ask(index)
      return []
    })
    assert.ok(looks)
    return [NOTHING, SERVICE, POD].map(index => !isNothingTo(looks, index))
  }
  assert.equal(
    without(index => index.ofKind('Service')),
    [false, true, false],
  )
  assert.equal(
    without(index => index.ofKind('Service', '')),
    [false, true, false],
  )
  assert.equal(
    without(index => index.ofKind('Service', 'serving.knative.dev')),
    [false, false, false],
  )
  assert.equal(
    without(index => index.find('Service', 'other')),
    [false, true, false],
  )
  assert.equal(
    without(index => index.workloads),
    [false, false, true],
  )
  assert.equal(
    without(index => index.workloadsIn('b')),
    [false, false, true],
  )
  assert.equal(
    without(index => index.namespaces),
    [false, true, true],
  )
  assert.equal(
    without(index => index.sources),
    [false, true, true],
  )
  assert.equal(
    without(index => index.mentions('myshop')),
    [false, false, true],
  )
  assert.equal(
    without(index => index.mentions('service')),
    [false, true, false],
  )
  assert.equal(
    without(() => undefined),
    [false, false, false],
  )
  assert.equal(
    asked(() => true),
    [false, true, true],
  )
})

test('of a policy whose way depends on more than what is there, nothing is said', () => {
  assert.is(
    looksOf(index => (index.facts.tier === 'gold' ? [] : [])),
    undefined,
  )
  assert.is(
    looksOf(index => (index.namespaceLabels('a').x === 'y' ? [] : [])),
    undefined,
  )
  const [source] = POD.sources
  assert.ok(source)
  assert.is(
    looksOf(() => [{ source, at: [], message: 'always' }]),
    undefined,
  )
})

const folder = fileURLToPath(new URL('../../policies/', import.meta.url))
const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.md'))
const examples = pages.flatMap(page => parsePage(readFileSync(folder + page, 'utf8')).page.examples)
const baked = JSON.parse(readFileSync(new URL('../policies/catalogue.json', import.meta.url), 'utf8')) as BakedPolicies
const catalogue = await builtInPolicies()

test('most policies are not loaded for an environment that has nothing to do with them', async () => {
  assert.ok(examples.length > 200)
  const silent = baked.modules.filter(({ looks }) => looks !== undefined && isNothingTo(looks, POD))
  assert.ok(silent.length > baked.modules.length / 2, `${silent.length} of ${baked.modules.length}`)
  const loaded = await builtInPolicies([POD])
  assert.equal(
    loaded.map(({ judge: _, ...described }) => described),
    catalogue.map(({ judge: _, ...described }) => described),
  )
})

for (const { name, looks } of baked.modules) {
  if (looks === undefined) continue
  test(`"${name}" finds nothing in any example for which it is not loaded`, () => {
    const policy = catalogue.find(candidate => candidate.name === name)
    assert.ok(policy)
    for (const { index, yaml } of environments) {
      if (isNothingTo(looks, index)) assert.equal([...policy.judge(index)], [], yaml)
    }
  })
}

const environments = examples.map(({ yaml, facts }) => ({
  yaml,
  index: indexOf(parseManifests('example.yaml', yaml).sources, { profile: 'strict', ...facts }),
}))

test.run()
