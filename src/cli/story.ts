/**
 * What `npm start` shows: the northwind example lives through a release, a finding, promotions, a closed gate and a
 * rollback, in a fresh Git repository below `out/`. Every line after a `$` is a command that was run as it stands there.
 *
 * The story plays in March 2027: `--at` and Git's own dates set its clock, so that it is the same on every day.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import picocolors from 'picocolors'

const project = fileURLToPath(new URL('../../../', import.meta.url))
const bin = join(project, 'dist/src/cli/bin.js')
const home = join(project, 'out', 'northwind')
const tenantFile = join(home, 'tenants', 'acme-retail.yaml')
const { bold, cyan, dim } = picocolors

const MAIL_CATCHER = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: mail-catcher
  namespace: acme-retail-dev-app
spec:
  replicas: 1
  selector:
    matchLabels: {app: mail-catcher}
  template:
    metadata:
      labels: {app: mail-catcher}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        seccompProfile: {type: RuntimeDefault}
      containers:
      - name: smtp
        image: registry.example/tools/mail-catcher@sha256:${'7a'.repeat(32)}
        resources:
          requests: {cpu: 10m, memory: 64Mi}
          limits: {memory: 64Mi}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
`

let clock = '2027-03-09T08:00:00Z'

function say(text: string): void {
  console.log(`\n${bold(text)}`)
}

interface Shown {
  /** The exit code that the story expects; anything else ends it. */
  readonly code?: number
  /** Lines of output to show; the others are counted. */
  readonly lines?: number
}

function show(command: string, program: string, args: readonly string[], { code = 0, lines = 12 }: Shown): string {
  console.log(cyan(`$ ${command}`))
  const done = spawnSync(program, args, {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, GIT_AUTHOR_DATE: clock, GIT_COMMITTER_DATE: clock },
  })
  const output = `${done.stdout}${done.stderr}`.trimEnd()
  const all = output === '' ? [] : output.split('\n')
  for (const line of all.slice(0, lines)) console.log(`  ${line}`)
  if (all.length > lines) console.log(dim(`  … ${all.length - lines} more lines`))
  if (done.status !== code) {
    console.error(`the story stops: exit code ${done.status}, ${code} was expected\n${output}`)
    process.exit(1)
  }
  return output
}

/** A command as a person types it; where it asks the clock, the story's time goes with it. */
function waybill(command: string, shown: Shown = {}): string {
  const timed = /^(promote|pulls|rollback)/.test(command) ? `${command} --at ${clock}` : command
  const args = timed.match(/"[^"]*"|\S+/g)?.map(word => word.replaceAll('"', '')) ?? []
  return show(`waybill ${timed}`, process.execPath, [bin, ...args], shown)
}

function commit(message: string, author = 'Ines'): void {
  show(
    `git add -A && git commit -m "${message}"`,
    'sh',
    [
      '-c',
      `git add -A && git -c user.name=${author} -c user.email=${author.toLowerCase()}@northwind.example commit -qm "${message}"`,
    ],
    {},
  )
}

/** Approves with as many people as the environment asks for, and merges. */
function carry(number: number, people: readonly string[]): void {
  for (const person of people) waybill(`pulls approve ${number} --as ${person}`)
  waybill(`pulls merge ${number}`)
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

const started = performance.now()
rmSync(home, { recursive: true, force: true })
mkdirSync(home, { recursive: true })

say('A platform of two tenants in three environments, in a fresh Git repository.')
waybill('init --example northwind .', { lines: 4 })
show('git init', 'git', ['init', '-q', '-b', 'main'], {})
show('git config user.name Ines', 'git', ['config', 'user.name', 'Ines'], {})
waybill('synth', { lines: 24 })
waybill('lint', { lines: 6 })
commit('Start the platform')

say('dev is fed by the spec. staging and production are fed by promotion.')
waybill('promote dev staging', { lines: 8 })
carry(1, ['maria'])
say('production asks for a day of soak and two approvals, and says when it opens.')
waybill('promote staging production', { lines: 8 })
clock = '2027-03-10T10:00:00Z'
say('A day later.')
waybill('promote staging production', { lines: 8 })
carry(2, ['maria', 'tomas'])

clock = '2027-03-26T07:30:00Z'
say('The pipeline has built a new image for the retailer.')
waybill(`release acme-retail registry.example/acme/odoo@sha256:${'5e1f'.repeat(16)}`, { lines: 16 })
say('Somebody also adds a mail catcher to dev, copied from a tutorial, and forgets its memory limit.')
mkdirSync(join(home, 'extra'))
writeFileSync(join(home, 'extra', 'mail-catcher.yaml'), MAIL_CATCHER.replace('          limits: {memory: 64Mi}\n', ''))
edit(tenantFile, text =>
  text.replace(
    '    host: dev.erp.acme.example\n',
    '    host: dev.erp.acme.example\n    extra: [extra/mail-catcher.yaml]\n',
  ),
)
waybill('synth', { lines: 6 })
waybill('lint --fail-on warning', { code: 1, lines: 14 })
say('The finding names the field, the line of the spec that brought it, and the fix.')
writeFileSync(join(home, 'extra', 'mail-catcher.yaml'), MAIL_CATCHER)
waybill('synth', { lines: 4 })
waybill('lint --fail-on warning', { lines: 4 })
commit('Release acme-retail')

say('The release goes to staging. This is what the approver reads.')
waybill('promote dev staging', { lines: 6 })
waybill('pulls show 3', { lines: 40 })
carry(3, ['maria'])

clock = '2027-03-30T08:00:00Z'
say('Four days later it has soaked. But the month is ending.')
waybill('promote staging production', { lines: 8 })
clock = '2027-04-05T08:00:00Z'
say('After the month has closed.')
waybill('promote staging production', { lines: 8 })
carry(4, ['maria', 'tomas'])

clock = '2027-04-05T11:00:00Z'
say('The tills lose the basket. Back.')
waybill('rollback production acme-retail --reason "tills lose the basket"', { lines: 6 })
carry(5, ['maria', 'tomas'])
say('The revision is on hold: the next run proposes nothing.')
waybill('promote staging production', { lines: 6 })
waybill('synth --check', { lines: 4 })
show('git log --oneline', 'git', ['--no-pager', 'log', '--oneline'], {})

say(
  `That took ${((performance.now() - started) / 1000).toFixed(0)} s. It is all in out/northwind, a Git repository to play with.`,
)
console.log(`
Try next, in out/northwind:
  waybill explain acme-retail/production web.replicas     where a number comes from
  waybill explain memory-limits                           what a policy asks, and why
  git show                                                what the last promotion wrote
  waybill resume production acme-retail                   let the revision be proposed again

Here, "waybill" is  node ${join('dist', 'src', 'cli', 'bin.js')}  of this folder, or  npx waybill  once it is installed.`)
