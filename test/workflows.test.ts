import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { CommandFile } from '../src/cli/command.ts'
import { type Fields, fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { ownersOf } from '../src/promote/code-owners.ts'
import { evidenceFile, readEvidence } from '../src/promote/evidence.ts'
import { overridesFile } from '../src/promote/override.ts'
import type { TreeReader } from '../src/synth/tree.ts'

const folder = fileURLToPath(new URL('../../templates/repository/github/workflows/', import.meta.url))
const readme = readFileSync(new URL('../../templates/repository/README.md', import.meta.url), 'utf8')

interface Workflow {
  readonly name: string
  readonly text: string
  readonly content: Fields
  readonly jobs: readonly Fields[]
  readonly steps: readonly Fields[]
}

const workflows = readdirSync(folder).map((name): Workflow => {
  const text = readFileSync(folder + name, 'utf8')
  const content = fieldsOf(parse(text))
  const jobs = Object.values(fieldsOf(content.jobs)).map(fieldsOf)
  return { name, text, content, jobs, steps: jobs.flatMap(job => listOf(job.steps).map(fieldsOf)) }
})

function workflow(name: string): Workflow {
  const found = workflows.find(candidate => candidate.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

test('there is a workflow for the checks, one for the gates and one for the bot', () => {
  assert.equal(workflows.map(({ name }) => name).sort(), ['gates.yml', 'promote.yml', 'waybill.yml'])
})

test('every action is pinned by its digest, with the version for people', () => {
  for (const { name, text } of workflows) {
    const uses = text.split('\n').filter(line => /\buses:/.test(line))
    assert.ok(uses.length > 0, name)
    for (const line of uses) assert.match(line, /uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name)
  }
})

test('nothing is permitted that is not needed, and every job says what it needs', () => {
  const needed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'the tree is what the spec says': { contents: 'read' },
    'the manifests comply': { contents: 'read', 'security-events': 'write' },
    'tell how the gates stand': {
      contents: 'read',
      'pull-requests': 'read',
      checks: 'read',
      statuses: 'write',
    },
    'propose and merge': { contents: 'read' },
  }
  for (const { name, content, jobs } of workflows) {
    assert.equal(content.permissions, {}, name)
    for (const job of jobs) assert.equal(job.permissions, needed[String(job.name)], `${name}: ${job.name}`)
  }
  const { steps } = workflow('promote.yml')
  const app = fieldsOf(steps.find(({ id }) => id === 'app')?.with)
  const granted = Object.entries(app).filter(([key]) => key.startsWith('permission-'))
  assert.equal(Object.fromEntries(granted), {
    'permission-contents': 'write',
    'permission-pull-requests': 'write',
    'permission-statuses': 'write',
    'permission-checks': 'read',
  })
})

test('no expression stands in a script, where a title or a branch name could run as code', () => {
  for (const { name, steps } of workflows) {
    for (const { run } of steps) if (run !== undefined) assert.not.match(String(run), /\$\{\{/, name)
  }
})

test('no checkout leaves its token behind, and none brings what a stranger wrote where a token may write', () => {
  for (const { name, content, steps } of workflows) {
    for (const step of steps.filter(({ uses }) => String(uses).startsWith('actions/checkout@'))) {
      const { ref, 'persist-credentials': kept } = fieldsOf(step.with)
      assert.is(kept, false, name)
      if (Object.keys(fieldsOf(content.on)).includes('pull_request_target')) {
        assert.match(
          String(ref),
          /^\$\{\{ github.event.pull_request.base.ref \|\| github.event.merge_group.base_ref }}$/,
        )
      }
    }
  }
})

test('the key of the app is in an environment of its own, and no pull request gets near it', () => {
  for (const { name, text, content, jobs } of workflows) {
    if (!text.includes('secrets.')) continue
    assert.is(name, 'promote.yml')
    assert.equal(Object.keys(fieldsOf(content.on)).sort(), ['push', 'schedule', 'workflow_dispatch'])
    for (const job of jobs) assert.is(job.environment, 'waybill')
    assert.is(fieldsOf(content.concurrency)['cancel-in-progress'], false)
  }
})

test('merge groups are checked by all that is required', () => {
  for (const name of ['waybill.yml', 'gates.yml']) {
    assert.ok(Object.keys(fieldsOf(workflow(name).content.on)).includes('merge_group'), name)
  }
})

test('what the README says to require is what the workflows show', () => {
  const shown = workflow('waybill.yml').jobs.map(job => String(job.name))
  for (const check of [...shown, 'waybill/gates']) assert.match(readme, `\`${check}\``)
  assert.match(readme, 'Why an app: a pull request that is opened with the token of a workflow starts no checks')
  assert.match(readme, 'Whoever may bypass the protection')
})

test('every command of waybill in a workflow exists, with the options that it is given', async () => {
  let commands = 0
  for (const { name, steps } of workflows) {
    for (const { run, env } of steps) {
      for (const [, line = ''] of String(run ?? '').matchAll(/npx --yes waybill@__VERSION__ (.*)$/gm)) {
        commands++
        const words = wordsOf(line, labelsOf(env))
        const [called = '', ...args] = words
        const file: CommandFile = await import(`../src/cli/${called}.js`)
        const command = file
          .define(new Command(called))
          .exitOverride()
          .configureOutput({ writeErr: () => undefined })
        assert.not.throws(() => command.parse(args, { from: 'user' }), `${name}: ${line}`)
        assert.ok(command.args.length <= command.registeredArguments.length, `${name}: ${line}`)
      }
    }
  }
  assert.is(commands, 6)
})

test('whoever starts the bot by hand is who asks for an override, and no input is more than one word', () => {
  const { env, run } = workflow('promote.yml').steps.find(({ name }) => name === 'propose') ?? {}
  const stated = Object.entries(labelsOf(env)).map(([name, value]) => `${name} ${value.slice(4, -3)}`)
  for (const input of ['ACTOR github.triggering_actor', 'OVERRIDE inputs.override', 'REASON inputs.reason']) {
    assert.ok(stated.includes(input), input)
  }
  const line = String(run).replace(/^npx --yes waybill\S+/, `printf '%s\\n'`)
  const words = (inputs: Readonly<Record<string, string>>) =>
    execFileSync('bash', ['-euc', line], {
      encoding: 'utf8',
      env: { DRY_RUN: '', FROM: '', TO: '', TENANT: '', OVERRIDE: '', REASON: '', ACTOR: 'ines', ...inputs },
    })
      .trimEnd()
      .split('\n')
  assert.equal(words({}), ['promote', '--'])
  const hostile = 'calendar --by maria $(id) * ; id'
  assert.equal(words({ FROM: 'a', TO: 'b', TENANT: 'shop', OVERRIDE: hostile, REASON: '`id` --by maria' }), [
    ...['promote', '--tenant', 'shop', '--by', 'ines', '--reason', '`id` --by maria', '--override', hostile],
    ...['--', 'a', 'b'],
  ])
})

test('the approvers own what is on record, and what is overridden', () => {
  const owners = readFileSync(new URL('../../templates/repository/CODEOWNERS', import.meta.url), 'utf8')
  const files = [evidenceFile('staging', 'shop'), overridesFile('production', 'shop')]
  for (const file of files) assert.equal(ownersOf(owners, [file]), ['@your-org/production-approvers'], file)
})

test('the README shows evidence that can be read', () => {
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? []
  const file = evidenceFile('production', 'shop')
  const reader = { read: (path: string) => (path === file ? example : undefined) } as TreeReader
  assert.is(readEvidence(reader, 'production', 'shop').length, 1)
})

/** The words of a command as a shell would split them, all variables set to their own name. */
function wordsOf(line: string, env: Readonly<Record<string, string>>): readonly string[] {
  const set = { ...env, number: '' }
  const flags: Readonly<Record<string, string>> = { DRY_RUN: '--dry-run' }
  const spelled = line
    .replace(/\$\{(\w+):\+([^}]*)\}/g, (_all, variable: string, text: string) => {
      assert.ok(variable in set, `${variable} is not set`)
      return text
    })
    .replace(/"\$\{?(\w+)(?:%%[^}]*)?\}?"|\$\{?(\w+)\}?/g, (_all, quoted?: string, bare?: string) => {
      const variable = quoted ?? bare ?? ''
      assert.ok(variable in set, `${variable} is not set`)
      return bare === undefined ? variable : (flags[bare] ?? variable)
    })
  return spelled.split(' ').filter(word => word !== '')
}

test.run()
