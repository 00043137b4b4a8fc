import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInPolicies } from '../src/cli/catalogue.ts'
import { lint } from '../src/lint/engine.ts'
import type { LintResult } from '../src/lint/finding.ts'
import { type Mended, mend } from '../src/lint/mend.ts'
import { parsePage } from '../src/lint/page.ts'
import type { Policy } from '../src/lint/policy.ts'
import { remarksPolicy } from '../src/lint/remarks.ts'
import { changed, changeOf } from '../src/lint/remedy.ts'
import { lifecyclePolicies, schemaPolicy } from '../src/lint/structure.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { isFields } from '../src/manifest/value.ts'
import { registryOf } from '../src/schema/registry.ts'
import { builtSchemas } from '../src/schema-files.ts'

const registry = registryOf(builtSchemas())
const builtIn = await builtInPolicies()
const EDITED = builtIn.filter(({ edit }) => edit !== undefined)

function judged(texts: ReadonlyMap<string, string>, policies: readonly Policy[]): LintResult {
  const parsed = [...texts].map(([file, text]) => parseManifests(file, text))
  const remarks = parsed.flatMap(each => each.remarks)
  return lint({
    environments: [
      {
        index: indexOf(
          parsed.flatMap(each => each.sources),
          { profile: 'strict', kubernetes: '1.35' },
        ),
        severityOverrides: {},
      },
    ],
    policies: [...policies, schemaPolicy(registry), ...lifecyclePolicies(registry), remarksPolicy(remarks)],
    waivers: [],
    today: '2026-06-15',
    complete: false,
    notEvaluated: parsed.flatMap(each =>
      each.problems.map(({ file, range, message }) => ({ file, range, reason: message })),
    ),
    notes: [],
    files: texts.size,
  })
}

interface Case extends Mended {
  readonly text: string
  readonly reasons: readonly string[]
  /** How often everything was judged again. */
  readonly judgements: number
}

async function mended(text: string, policies: readonly Policy[] = EDITED): Promise<Case> {
  const texts = new Map([['a.yaml', text]])
  let judgements = 0
  const done = await mend({
    texts,
    result: judged(texts, policies),
    policies,
    registry,
    reserved: () => undefined,
    judge: async changedTexts => {
      judgements++
      return judged(changedTexts, policies)
    },
  })
  const reasons = done.left.map(({ finding, because }) => `${finding.policy}: ${because}`)
  return { ...done, text: done.texts.get('a.yaml') ?? text, reasons, judgements }
}

const only = (...names: string[]) => builtIn.filter(({ name }) => names.includes(name))

const DEPLOYMENT = (spec: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
${spec}${more}`

test('a field is added in the style around it: below the last line of a block, before the bracket of a flow', async () => {
  const given = DEPLOYMENT(`      # who answers
      containers:
      - name: web   # first
        image: "a:1"
        args:
        - |
          long
          text

        # why
      - {name: side, image: b}
`)
  const { text } = await mended(given, only('privilege-escalation'))
  assert.is(
    text,
    given
      .replace(
        '          text\n',
        '          text\n        securityContext:\n          allowPrivilegeEscalation: false\n',
      )
      .replace('image: b}', 'image: b, securityContext: {allowPrivilegeEscalation: false}}'),
  )
})

test('what stands in a map already stays there, and what says the contrary is replaced where that is the answer', async () => {
  const given = DEPLOYMENT(`      containers:
      - name: web
        image: a:1
        securityContext:
          allowPrivilegeEscalation: true # legacy
          runAsUser: 1000
      - name: empty
        image: a:1
        securityContext:
      - name: none
        image: a:1
        securityContext: {}
`)
  const { text } = await mended(given, only('privilege-escalation'))
  assert.is(
    text,
    given
      .replace('Escalation: true #', 'Escalation: false #')
      .replace(
        'securityContext:\n      - name: none',
        'securityContext: {allowPrivilegeEscalation: false}\n      - name: none',
      )
      .replace('securityContext: {}', 'securityContext: {allowPrivilegeEscalation: false}'),
  )
})

test('line breaks, a byte order mark, indentation and other documents of the file are kept', async () => {
  const one = DEPLOYMENT('      containers: [{name: web, image: "a:1"}]').replaceAll('  ', '    ')
  const given = `\ufeff# head\n---\n${one}\n---\n# nothing\n---\n${one.replace('name: web', 'name: other')}`.replaceAll(
    '\n',
    '\r\n',
  )
  const { text, fixed } = await mended(given, only('unused-token'))
  assert.is(fixed.length, 2)
  const added = '\r\n            automountServiceAccountToken: false'
  const [first = '', second = '', third = ''] = given.split('\r\n---\r\n# nothing')
  assert.is(third, '')
  assert.is(text, `${first}${added}\r\n---\r\n# nothing${second}${added}`)
})

test('JSON stays JSON, on one line and on many', async () => {
  const value = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', image: 'a:1' }] },
  }
  for (const given of [JSON.stringify(value), JSON.stringify(value, null, 2), JSON.stringify(value, null, '\t')]) {
    const { text, fixed, reasons } = await mended(given)
    assert.equal(reasons, [])
    assert.ok(fixed.length >= 5)
    const read = JSON.parse(text)
    assert.is(read.spec.automountServiceAccountToken, false)
    assert.equal(read.spec.containers[0].securityContext.capabilities, { drop: ['ALL'] })
  }
})

test('what is shared through an alias or a merge key is not edited, and it is said', async () => {
  const given = DEPLOYMENT(`      containers:
      - &one
        name: web
        image: a:1
        securityContext: &context
          readOnlyRootFilesystem: true
      - name: two
        image: a:1
        securityContext: *context
      - <<: *one
        name: three
`)
  const { text, reasons } = await mended(given, only('privilege-escalation'))
  assert.is(text, given)
  assert.equal(
    [...new Set(reasons)].sort(),
    [
      'ambiguous-yaml: undefined',
      'privilege-escalation: something else in the file would be read otherwise',
      'privilege-escalation: the value comes from a merge key',
      'privilege-escalation: the value comes from an alias',
    ].filter(reason => !reason.endsWith('undefined')),
  )
})

test('where somebody stated the contrary on purpose, or something else asks for it, a person decides', async () => {
  const given = DEPLOYMENT(`      automountServiceAccountToken: true
      securityContext: {seccompProfile: {type: Unconfined}}
      containers:
      - name: web
        image: a:1
        securityContext: {privileged: true, capabilities: {drop: [NET_RAW]}, runAsNonRoot: false}
`)
  const { text, reasons } = await mended(given)
  assert.is(text, given)
  assert.equal(reasons.slice().sort(), [
    'capabilities: somebody has stated the contrary',
    'privilege-escalation: "securityContext.privileged" asks for the contrary',
    'run-as-non-root: somebody has stated the contrary',
    'seccomp: somebody has stated the contrary',
    'unused-token: somebody has stated the contrary',
  ])
})

test('a field is taken away with its line, unless a comment would go with it', async () => {
  const given = DEPLOYMENT(`      containers:
      - name: web
        image: a:1
        imagePullPolicy: Never
        tty: true
      - imagePullPolicy: Never
        name: first
        image: a:1
      - {name: flow, imagePullPolicy: Never, image: "a:1"}
      - {name: last, image: "a:1", imagePullPolicy: Never}
      - name: said
        image: a:1
        imagePullPolicy: Never # the node has it
`)
  const { text, reasons } = await mended(given, only('pull-policy'))
  assert.is(
    text,
    given
      .replace('        imagePullPolicy: Never\n        tty', '        tty')
      .replace('- imagePullPolicy: Never\n        name: first', '- name: first')
      .replace('flow, imagePullPolicy: Never,', 'flow,')
      .replace(', imagePullPolicy: Never}', '}'),
  )
  assert.equal(reasons, ['pull-policy: a comment stands beside it'])
})

test('a key that stands twice with one value stands once, and one with two values stays', async () => {
  const given = DEPLOYMENT(`      terminationGracePeriodSeconds: 30
      terminationGracePeriodSeconds: 30
      priorityClassName: low
      priorityClassName: high
      containers: [{name: web, image: "a:1"}]
`)
  const { text, reasons } = await mended(given, [])
  assert.is(text, given.replace('      terminationGracePeriodSeconds: 30\n', ''))
  assert.equal(reasons, ['ambiguous-yaml: the two are not the same'])
})

test('a value is written as what its schema takes it for', async () => {
  const given = DEPLOYMENT(`      hostNetwork: no
      hostNetwork: no
      terminationGracePeriodSeconds: 0x20
      containers:
      - name: web
        image: a:1
        tty: on
        env:
        - {name: A, value: yes}
        - {name: B, value: 0644}
`).replace('  name: web\n', '  name: web\n  annotations: {a: off}\n')
  const { text, reasons } = await mended(given, [])
  assert.equal(reasons, [])
  assert.is(
    text,
    given
      .replace('      hostNetwork: no\n', '')
      .replace('hostNetwork: no', 'hostNetwork: false')
      .replace('tty: on', 'tty: true')
      .replace('value: yes', 'value: "yes"')
      .replace('value: 0644', 'value: "0644"')
      .replace('a: off', 'a: "off"'),
  )
})

test('a value that no schema speaks of is left, for it may be meant either way', async () => {
  const given = 'apiVersion: example.dev/v1\nkind: Thing\nmetadata: {name: a}\nspec: {on: 1, flag: yes}\n'
  const { text, reasons } = await mended(given, [])
  assert.is(text, given)
  assert.equal(reasons, ['ambiguous-yaml: no schema says what is meant'])
})

test('a value that its schema takes either way is left', async () => {
  const given = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  project: default
  destination: {namespace: a}
  source: {repoURL: "https://charts.example", helm: {valuesObject: {debug: no}}}
`
  const { text, reasons } = await mended(given, [])
  assert.is(text, given)
  assert.equal(reasons, ['ambiguous-yaml: it may be meant as it is read, and as text'])
})

test('a finding that the edit of its policy does not end is no business of it', async () => {
  const given = DEPLOYMENT(`      containers:
      - name: web
        image: a:1
        securityContext: {runAsUser: 0, capabilities: {drop: [ALL], add: [SYS_TIME]}}
`)
  const { text, reasons } = await mended(given, only('run-as-non-root', 'capabilities'))
  assert.is(text, given)
  assert.equal(reasons, [])
})

test('where every change holds, everything is judged again once', async () => {
  const { fixed, judgements } = await mended(
    DEPLOYMENT('      containers:\n      - name: web\n        image: a:1\n      - {name: b, image: "a:1"}\n'),
  )
  assert.ok(fixed.length > 6)
  assert.is(judgements, 1)
})

test('an API version goes by its new name only where nothing but the name changed', async () => {
  const cron = `apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: a}
spec: {schedule: "0 0 * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}
`
  assert.is((await mended(cron, [])).text, cron.replace('v1beta1', 'v1'))
  const budget = 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {selector: {}}\n'
  assert.is((await mended(budget, [])).text, budget, 'an empty selector selects nothing there, and everything in v1')
})

test('a change that would bring another finding is not made, and takes no other change with it', async () => {
  const given = DEPLOYMENT('      containers:\n      - {name: web, image: "a:1"}\n      - {name: side, image: "a:1"}\n')
  const jealous: Policy = {
    ...(only('privilege-escalation')[0] as Policy),
    name: 'jealous',
    *judge({ sources }) {
      for (const source of sources) {
        if (JSON.stringify(source.manifest).includes('"name":"side","image":"a:1","securityContext"'))
          yield { source, violation: { at: ['spec'], message: 'another one' } }
      }
    },
  }
  const { text, reasons } = await mended(given, [
    ...only('privilege-escalation'),
    { ...jealous, edit: 'manifest.spec.paused = false' },
  ])
  assert.is(
    text,
    given.replace(
      '{name: web, image: "a:1"}',
      '{name: web, image: "a:1", securityContext: {allowPrivilegeEscalation: false}}',
    ),
  )
  assert.equal(reasons, ['privilege-escalation: another one would come: another one [jealous]'])
})

test('every edit of a policy can be read, and ends a finding on its own page', async () => {
  const folder = fileURLToPath(new URL('../../policies/', import.meta.url))
  assert.ok(EDITED.length >= 8)
  for (const policy of EDITED) {
    const { page } = parsePage(readFileSync(`${folder}${policy.family}/${policy.name}.md`, 'utf8'))
    let fixed = 0
    for (const { yaml, verdict } of page.examples) {
      const done = await mended(yaml, [policy])
      if (verdict === 'pass') assert.is(done.text, yaml, policy.name)
      fixed += done.fixed.filter(finding => finding.policy === policy.name).length
      const again = await mended(done.text, [policy])
      assert.is(again.text, done.text, `${policy.name}: what is mended stays as it is`)
    }
    assert.ok(fixed > 0, `${policy.name} ends nothing on its page`)
  }
})

test('a text that is no edit is a fault of its policy, and no silence', () => {
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }
  for (const text of ['', 'pod.a', 'node.a = 1', 'pod.a = yes', 'drop pod']) {
    assert.throws(() => changeOf(text, manifest, []), /is no edit|JSON/, text)
  }
  assert.equal(changeOf('manifest.spec.a["b.c"] = {"d": 1}', manifest, []), {
    kind: 'set',
    at: ['spec', 'a', 'b.c'],
    value: { d: 1 },
  })
  assert.equal(changed(manifest, { kind: 'set', at: ['spec', 'a'], value: 1 }).spec, { a: 1 })
})

/** Choices in the order in which they are asked for. */
class Tape {
  readonly #choices: readonly number[]
  #next = 0

  constructor(choices: readonly number[]) {
    this.#choices = choices
  }

  below(bound: number): number {
    const choice = this.#choices[this.#next++ % this.#choices.length] ?? 0
    return choice % bound
  }
}

/** A value in YAML of some style: flow or block, quoted or plain, indented by any step, with comments between. */
function styled(value: unknown, tape: Tape, indent: number, step: number): string {
  const isCollection = Array.isArray(value) || isFields(value)
  if (!isCollection) return tape.below(3) === 0 ? JSON.stringify(value) : String(value)
  if (tape.below(5) === 0)
    return JSON.stringify(value)
      .replaceAll(',"', tape.below(2) === 0 ? ', "' : ',"')
      .replaceAll('":', '": ')
  const pad = ' '.repeat(indent)
  const comment = () => (tape.below(4) === 0 ? `${pad}# remark ${tape.below(9)}\n` : '')
  const trailing = () => (tape.below(6) === 0 ? '  # beside' : '')
  const child = (inner: unknown) => {
    const text = styled(inner, tape, indent + step, step)
    return text.startsWith('\n') ? `${trailing()}${text}` : ` ${text}${trailing()}\n`
  }
  const lines = Array.isArray(value)
    ? value.map(item => {
        const text = styled(item, tape, indent + 2, step)
        return `${comment()}${pad}-${text.startsWith('\n') ? ` ${text.trimStart().replace(/^# .*\n\s*/, '')}` : ` ${text}\n`}`
      })
    : Object.entries(value).map(
        ([key, inner]) => `${comment()}${pad}${tape.below(5) === 0 ? JSON.stringify(key) : key}:${child(inner)}`,
      )
  return `\n${lines.join('')}`
}

const containers = fc.array(
  fc.record(
    {
      image: fc.constantFrom('a:1', 'registry.example/b@sha256:0'),
      securityContext: fc.record(
        { runAsUser: fc.constant(1000), readOnlyRootFilesystem: fc.boolean() },
        { requiredKeys: [] },
      ),
      args: fc.constant(['--serve', 'all of it']),
      ports: fc.constant([{ containerPort: 80 }]),
    },
    { requiredKeys: ['image'] },
  ),
  { minLength: 1, maxLength: 3 },
)

test('whatever the format, what is mended is gone, and every other byte is where it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      containers,
      fc.array(fc.nat(), { minLength: 40, maxLength: 80 }),
      fc.constantFrom(2, 3, 4),
      fc.boolean(),
      fc.boolean(),
      async (given, choices, step, windows, marked) => {
        const named = given.map((container, index) => ({ name: `c${index}`, ...container }))
        const value = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web' },
          spec: {
            selector: { matchLabels: { app: 'web' } },
            template: { metadata: { labels: { app: 'web' } }, spec: { containers: named } },
          },
        }
        const body = styled(value, new Tape(choices), 0, step).trim()
        const yaml = `${body}\n---\n# the end\n`
        const text = `${marked ? '\ufeff' : ''}${windows ? yaml.replaceAll('\n', '\r\n') : yaml}`
        const before = judged(new Map([['a.yaml', text]]), EDITED)
        assert.equal(before.notEvaluated, [], text)
        const done = await mended(text)
        const mechanical = done.result.findings.filter(({ policy }) => EDITED.some(({ name }) => name === policy))
        // Only a trailing comma or its like stops an edit here, and no style above writes one.
        assert.equal(mechanical, [], done.text)
        assert.ok(isWithin(text, done.text), `${text}\n=>\n${done.text}`)
        if (windows) assert.not.match(done.text, /[^\r]\n/)
        assert.is((await mended(done.text)).text, done.text)
      },
    ),
    { numRuns: 60 },
  )
})

/** Whether every line of a text is there in another one, in its order; only one with brackets, or with no value, may have got more in it. */
function isWithin(text: string, longer: string): boolean {
  const lines = longer.split('\n')
  return text.split('\n').every(line => {
    const grown = /[{[]|:\s*(#.*)?\r?$/.test(line)
    for (let next = lines.shift(); next !== undefined; next = lines.shift()) {
      if (next === line || (grown && isSpread(line, next))) return true
    }
    return false
  })
}

/** Whether the characters of a text stand in another one, in their order. */
function isSpread(text: string, longer: string): boolean {
  let at = 0
  for (const character of text) {
    at = longer.indexOf(character, at) + 1
    if (at === 0) return false
  }
  return true
}

test.run()
