import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePage } from '../src/lint/page.ts'

const PAGE = `# Doors are closed

Every door is closed.

## Why

It was open.

## Fix

Close it.

\`\`\`yaml
# Why not
door: closed
\`\`\`

## When to waive it

In summer.

## References

- <https://example.com/>

## Examples

Ajar is open.

\`\`\`yaml fail profile=lite tier=gold
door: ajar
---
# a comment
door: open
# 1: door "ajar" is open, so it is cold
# 4: door "open" is open, so it is cold
\`\`\`

\`\`\`yaml pass
door: closed
\`\`\`
`

/** The problems of the page after some text of it is replaced. */
function problemsWith(from: string, to: string): string[] {
  assert.ok(PAGE.includes(from))
  return parsePage(PAGE.replace(from, to)).problems.map(({ line, message }) => `${line}: ${message}`)
}

test('a page gives its title, its text by section, and its examples with where they stand', () => {
  const { page, problems } = parsePage(PAGE)
  assert.equal(problems, [])
  assert.is(page.title, 'Doors are closed')
  assert.is(page.about, 'Every door is closed.')
  assert.is(page.sections.Why, 'It was open.')
  assert.match(
    page.sections.Fix,
    /```yaml\n# Why not\ndoor: closed\n```$/,
    'other fences stay in the text, headings in them are none',
  )
  assert.is(page.sections.Examples, 'Ajar is open.')
  assert.equal(page.examples, [
    {
      verdict: 'fail',
      facts: { profile: 'lite', tier: 'gold' },
      yaml: 'door: ajar\n---\n# a comment\ndoor: open\n',
      line: 31,
      findings: [
        { line: 1, message: 'door "ajar" is open, so it is cold' },
        { line: 4, message: 'door "open" is open, so it is cold' },
      ],
    },
    { verdict: 'pass', facts: {}, yaml: 'door: closed\n', line: 40, findings: [] },
  ])
})

test('a page without a part that a reader needs is a problem', () => {
  assert.equal(problemsWith('# Doors are closed\n', ''), ['1: the page has no title'])
  assert.equal(problemsWith('Every door is closed.', ''), ['1: nothing says what the policy asks'])
  assert.equal(problemsWith('In summer.', ''), ['18: nothing stands below "When to waive it"'])
  const order = ['5: the headings are not Why, Fix, When to waive it, References, Examples, in this order']
  assert.equal(problemsWith('## References', '## Sources'), order)
  assert.equal(problemsWith('## Why\n\nIt was open.\n\n## Fix', '## Fix\n\nIt was open.\n\n## Why'), order)
})

test('an example that cannot be what it says is a problem', () => {
  assert.equal(problemsWith('yaml pass', 'yaml fail'), ['40: the example fails without findings'])
  assert.equal(problemsWith('yaml fail profile=lite tier=gold', 'yaml pass'), ['31: the example passes with findings'])
  assert.equal(problemsWith('tier=gold', 'tier=brass'), ['30: "tier=brass" is no fact of an environment'])
  assert.equal(problemsWith('tier=gold', 'zone=data'), ['30: "zone=data" is no fact of an environment'])
  assert.equal(parsePage(PAGE.trimEnd().slice(0, -'```'.length)).problems, [
    { line: 39, message: 'the example has no end' },
  ])
})

test.run()
