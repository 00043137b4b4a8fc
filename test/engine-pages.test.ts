import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInPolicies } from '../src/cli/catalogue.ts'
import { explainPolicyOrFinding } from '../src/cli/explain-policy.ts'
import { STANDARDS } from '../src/lint/data/standards.ts'
import { parsePage } from '../src/lint/page.ts'
import { ENGINE_POLICIES, engineFindings } from './engine-example.ts'

const folder = fileURLToPath(new URL('../../policies/', import.meta.url))
const catalogue = await builtInPolicies()

for (const { name, family, title } of ENGINE_POLICIES.values()) {
  const { page, problems } = parsePage(readFileSync(`${folder}${family}/${name}.md`, 'utf8'))

  test(`the page of "${name}", which the engine brings along, is complete`, () => {
    assert.equal(problems, [])
    assert.is(page.title, title.charAt(0).toUpperCase() + title.slice(1))
    for (const verdict of ['fail', 'pass']) {
      const count = page.examples.filter(example => example.verdict === verdict).length
      assert.ok(count >= 2, `${count} examples that ${verdict}, at least two are needed`)
    }
    assert.match(page.sections.References, /https:\/\//)
  })

  test(`"${name}" gives exactly the findings of its page`, () => {
    for (const example of page.examples) {
      const given = engineFindings(name, example, catalogue)
      assert.equal(
        given.map(({ line, message }) => `# ${line}: ${message}`),
        example.findings.map(({ line, message }) => `# ${line}: ${message}`),
        `${name}.md:${example.line}`,
      )
    }
  })
}

test('every name that a finding can carry is explained by its page', async () => {
  for (const { name } of [...catalogue, ...ENGINE_POLICIES.values()]) {
    const { code, text } = await explainPolicyOrFinding(name)
    assert.is(code, 0)
    for (const heading of ['Why', 'Fix', 'When to waive it', 'References', 'What fails']) {
      assert.match(text, new RegExp(`\n\n${heading}\n\\S`), `${name} says nothing under "${heading}"`)
    }
  }
})

test('a policy that standards ask for says which, and each of them is a policy that exists', async () => {
  const known = new Set([...catalogue, ...ENGINE_POLICIES.values()].map(({ name }) => name))
  for (const [name, { podSecurity, cisBenchmark = [] }] of Object.entries(STANDARDS)) {
    assert.ok(known.has(name), `there is no policy "${name}"`)
    for (const number of cisBenchmark)
      assert.match(number, /^5\.[1-6]\.\d{1,2}$/, 'chapter 5 is the one about manifests')
    const { text, data } = await explainPolicyOrFinding(name)
    assert.equal(data.standards, STANDARDS[name])
    assert.match(text, /\n\nStandards\n\S/)
    if (podSecurity !== undefined) assert.ok(text.includes(`${podSecurity.level}: ${podSecurity.control}`), name)
  }
  const { text } = await explainPolicyOrFinding('host-namespaces')
  assert.match(
    text,
    /\n\nStandards\nPod Security Standards, baseline: Host Namespaces\nNSA\/CISA Kubernetes Hardening Guidance 1\.2: Kubernetes Pod security, Pod security enforcement\nCIS Kubernetes Benchmark 1\.12: 5\.2\.3, 5\.2\.4, 5\.2\.5\n/,
  )
  assert.not.match((await explainPolicyOrFinding('schema')).text, /\n\nStandards\n/)
})

test('no page explains a policy that does not exist', () => {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.md'))
  const names = [...catalogue, ...ENGINE_POLICIES.values()].map(({ family, name }) => `${family}/${name}.md`)
  assert.equal(pages.sort(), names.sort())
})

test.run()
