import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BakedPolicies, builtInPolicies } from '../src/cli/catalogue.ts'
import { type AdmissionPolicy, admissionPolicy } from '../src/lint/admission-policy.ts'
import { lint } from '../src/lint/engine.ts'
import type { Finding, LintResult } from '../src/lint/finding.ts'
import { type Example, type Page, parsePage } from '../src/lint/page.ts'
import type { Policy } from '../src/lint/policy.ts'
import type { Manifest, Position, Source } from '../src/manifest/manifest.ts'
import { type Index, indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { type FieldPath, formatPath } from '../src/manifest/path.ts'
import { fieldsOf, isFields, labelsOf } from '../src/manifest/value.ts'
import { defaulted } from './defaulted.ts'

const folder = fileURLToPath(new URL('../../policies/', import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const ending = (suffix: string) =>
  files
    .filter(file => file.endsWith(suffix))
    .map(file => file.slice(0, -suffix.length))
    .sort()

const catalogue = await builtInPolicies()
const baked = JSON.parse(readFileSync(new URL('../policies/catalogue.json', import.meta.url), 'utf8')) as BakedPolicies
const admission = new Map(baked.admission.map(({ name, manifest }) => [name, manifest]))

const read = ({ family, name }: Policy) => parsePage(readFileSync(`${folder}${family}/${name}.md`, 'utf8'))

test('every policy is in the catalogue and has a page', () => {
  const decided = [...ending('.yaml'), ...ending('.ts')].sort()
  assert.equal(catalogue.map(({ family, name }) => `${family}/${name}`).sort(), decided)
  const pages = new Set(ending('.md'))
  assert.equal(
    decided.filter(name => !pages.has(name)),
    [],
  )
  assert.is(new Set(catalogue.map(({ name }) => name)).size, catalogue.length, 'names are unique across families')
})

test('every policy says its title, its fix and a severity for each profile', () => {
  for (const { name, title, fix, severity } of catalogue) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/)
    for (const text of [title, fix]) assert.not(faultOf(text), `${name}: "${text}" ${faultOf(text)}`)
    assert.ok(severity.strict !== 'off', `${name} is asked of nobody`)
    const rank = [severity.lite, severity.standard, severity.strict].map(one => SEVERITY_ORDER.indexOf(one))
    assert.equal(rank, [...rank].sort(), `${name} is milder under a stricter profile`)
  }
})

const SEVERITY_ORDER = ['off', 'info', 'warning', 'error'] as const

test('every ValidatingAdmissionPolicy declares what the engine and a cluster need of it', () => {
  const keys = ['family', 'fix', 'message', 'severity', 'title'].map(key => `waybill.dev/${key}`)
  for (const { name, family, manifest } of baked.admission) {
    const given = Object.keys(labelsOf(manifest.metadata.annotations)).filter(key => key !== 'waybill.dev/edit')
    assert.equal(given.sort(), keys, name)
    assert.is(labelsOf(manifest.metadata.annotations)['waybill.dev/family'], family, name)
    const { validations, failurePolicy } = fieldsOf(manifest.spec)
    assert.is(failurePolicy, 'Fail', name)
    for (const validation of validations as object[])
      assert.ok('message' in validation, `${name} says nothing in a cluster`)
    assert.equal(admissionPolicy(manifest).problems, [], name)
  }
})

test('policies about pods select the same manifests, and read pods and containers in the same way', () => {
  const [first, ...others] = [...admission.values()].filter(reads('pod')).map(({ spec }) => fieldsOf(spec))
  const shared = (name: string) => (spec: typeof first) =>
    (fieldsOf(spec).variables as { name: string; expression: string }[]).find(variable => variable.name === name)
  for (const spec of others) {
    assert.equal(spec.matchConstraints, first?.matchConstraints)
    assert.equal(spec.matchConditions, first?.matchConditions)
    for (const name of ['pod', 'containers']) {
      const variable = shared(name)(spec)
      if (variable !== undefined) assert.equal(variable, shared(name)(first))
    }
  }
})

const reads = (variable: string) => (manifest: Manifest) =>
  JSON.stringify(manifest.spec).includes(`{"name":"${variable}","expression":`)

/** What is wrong with the style of a sentence, if anything. */
function faultOf(text: string): string | undefined {
  if (!/^["a-z]/.test(text)) return 'does not start in lower case'
  if (text.endsWith('.')) return 'ends in a full stop'
  return /\b(should|please|invalid)\b/i.exec(text)?.[0]
}

for (const policy of catalogue) {
  const { name } = policy

  test(`the page of "${name}" is complete`, () => {
    const { page, problems } = read(policy)
    assert.equal(problems, [])
    assert.is(page.title, policy.title.charAt(0).toUpperCase() + policy.title.slice(1))
    for (const verdict of ['fail', 'pass']) {
      const count = page.examples.filter(example => example.verdict === verdict).length
      assert.ok(count >= 2, `${count} examples that ${verdict}, at least two are needed`)
    }
    assert.match(page.sections.References, /https:\/\//)
    for (const { findings } of page.examples) {
      for (const { message } of findings) {
        assert.not(faultOf(message), `"${message}" ${faultOf(message)}`)
        assert.match(message, /, /, `"${message}" states no consequence`)
      }
    }
  })

  test(`"${name}" gives exactly the findings of its page`, () => {
    for (const example of examplesOf(policy)) {
      const { sources, where } = manifestsOf(policy, example)
      const index = watched(indexOf(sources, { profile: 'strict', ...example.facts }))
      const { findings } = judged(policy, index.seen, where)
      assert.equal(
        findings.map(({ range, message }) => `# ${range.start.line}: ${message}`),
        example.findings.map(({ line, message }) => `# ${line}: ${message}`),
        where,
      )
      assert.ok(looked(policy, index), `${where}: the policy never looked at the example`)
    }
  })

  test(`"${name}" judges its examples alike as they are written and as a cluster shows them`, () => {
    for (const example of examplesOf(policy)) {
      const { sources, where } = manifestsOf(policy, example)
      const said = (from: readonly Source[]) =>
        judged(policy, indexOf(from, { profile: 'strict', ...example.facts }), where)
          .findings.map(sayingOf)
          .sort()
      assert.equal(said(sources.map(asClusterShows)), said(sources), where)
    }
  })
}

/** Values that no field is meant to have, or only some. */
const ODD = [null, 0, -1, 1.5, '', 'x', true, [], {}, [null], ['x'], { x: 1 }]

function* fieldPathsOf(value: unknown, at: FieldPath = []): Generator<FieldPath> {
  for (const [key, child] of Object.entries(isFields(value) || Array.isArray(value) ? value : {})) {
    const path = [...at, Array.isArray(value) ? Number(key) : key]
    yield path
    yield* fieldPathsOf(child, path)
  }
}

function replaced(value: unknown, [step, ...rest]: FieldPath, by: unknown): unknown {
  if (step === undefined) return by
  const child = replaced((value as Record<string | number, unknown>)[step], rest, by)
  return Array.isArray(value) ? value.with(Number(step), child) : { ...fieldsOf(value), [step]: child }
}

for (const policy of catalogue) {
  test(`"${policy.name}" survives a value of any shape in any field`, () => {
    const worlds = examplesOf(policy).map(example => manifestsOf(policy, example).sources)
    const places = worlds.flatMap(sources =>
      sources.flatMap((source, nth) => {
        const { apiVersion, kind, metadata, ...fields } = source.manifest
        return [...fieldPathsOf(fields)].map(at => ({ sources, source, nth, at }))
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(...ODD), ({ sources, source, nth, at }, odd) => {
        const changed = sources.with(nth, { ...source, manifest: replaced(source.manifest, at, odd) as Manifest })
        judged(policy, indexOf(changed, { profile: 'strict', tier: 'gold' }), formatPath(at))
      }),
      { numRuns: 150 },
    )
  })
}

function examplesOf(policy: Policy): Page['examples'] {
  return read(policy).page.examples
}

function manifestsOf({ name }: Policy, { yaml, line }: Example) {
  const where = `${name}.md:${line}`
  const { sources, problems, remarks, skipped } = parseManifests('example.yaml', yaml)
  assert.equal([...problems, ...remarks, ...skipped], [], where)
  return { sources, where }
}

function judged(policy: Policy, index: Index, where: string): LintResult {
  const result = lint({
    environments: [{ index, severityOverrides: {} }],
    policies: [policy],
    waivers: [],
    today: '2026-06-15',
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 1,
  })
  assert.equal([...result.notEvaluated, ...result.notes], [], where)
  assert.is(result.policies, 1, `${where}: the policy is off under this profile`)
  return result
}

function sayingOf({ object, at, message }: Finding): string {
  const [kind, ...name] = object.split('/')
  return `${kind} ${name.at(-1)} ${formatPath(at)}: ${message}`
}

const NOWHERE: Position = { line: 1, column: 1, offset: 0 }

function asClusterShows({ manifest }: Source): Source {
  return { file: 'cluster', manifest: defaulted(manifest), range: () => ({ start: NOWHERE, end: NOWHERE }) }
}

/** An index that counts the manifests it gives out. */
function watched(index: Index): { readonly seen: Index; readonly given: () => number } {
  let given = 0
  const count = <T>(value: T): T => {
    given += Array.isArray(value) ? value.length : value === undefined ? 0 : 1
    return value
  }
  const seen: Index = {
    facts: index.facts,
    get sources() {
      return count(index.sources)
    },
    get workloads() {
      return count(index.workloads)
    },
    get namespaces() {
      return index.namespaces
    },
    ofKind: (kind, group) => count(index.ofKind(kind, group)),
    ofKinds: pattern => count(index.ofKinds(pattern)),
    find: (kind, name, namespace) => count(index.find(kind, name, namespace)),
    mentions: word => index.mentions(word),
    namespaceLabels: namespace => index.namespaceLabels(namespace),
    workloadsIn: namespace => count(index.workloadsIn(namespace)),
  }
  return { seen, given: () => given }
}

/** Whether the policy had a chance to object: an admission policy would have, had it refused all that it selects. */
function looked({ name }: Policy, { seen, given }: ReturnType<typeof watched>): boolean {
  const manifest = admission.get(name)
  if (manifest === undefined) return given() > 0
  const spec = { ...fieldsOf(manifest.spec), validations: [{ expression: 'false', message: 'selected' }] }
  const refusing: AdmissionPolicy = admissionPolicy({ ...manifest, spec })
  return [...refusing.judge(seen)].length > 0
}

test.run()
