import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInPolicies } from '../src/cli/catalogue.ts'
import { explainPolicyOrFinding } from '../src/cli/explain-policy.ts'
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

test('no page explains a policy that does not exist', () => {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.md'))
  const names = [...catalogue, ...ENGINE_POLICIES.values()].map(({ family, name }) => `${family}/${name}.md`)
  assert.equal(pages.sort(), names.sort())
})

test.run()
