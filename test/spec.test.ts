import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { environmentsOf, sourceOf } from '../src/spec/platform.ts'
import { formatProblem } from '../src/spec/problem.ts'
import { BAKERY, DIGEST, platformOf, problemsOf } from './platform-fixture.ts'

const HEAD = 'apiVersion: waybill.dev/v1alpha1\nkind: Platform\n'
const RELEASE = `release: {odoo: "18.0", image: "registry.example/x/odoo@sha256:${DIGEST}"}`

/** The first problem of a text as `line:column message / hint`. */
function firstProblem(text: string, files: Readonly<Record<string, string>> = {}): string {
  const [problem] = problemsOf(() => platformOf(text, files))
  if (problem === undefined) return 'no problem'
  const place = problem.start === undefined ? problem.file : `${problem.start.line}:${problem.start.column}`
  return [`${place} ${problem.message}`, ...(problem.hint === undefined ? [] : [problem.hint])].join(' / ')
}

test('six lines are a platform of one environment', () => {
  const platform = platformOf(BAKERY)
  assert.is(BAKERY.trimEnd().split('\n').length, 6)
  assert.equal(
    platform.environments.map(({ name, after, production }) => ({ name, after, production })),
    [{ name: 'production', after: undefined, production: true }],
  )
  assert.equal(
    platform.tenants.map(({ name }) => name),
    ['bakery'],
  )
})

test('environments form a pipeline in the order written, unless one says what it comes after', () => {
  const platform = platformOf(
    `${HEAD}environments: {lab: {}, production: {after: staging}, dev: {after: lab}, staging: {}}\n` +
      `tenants: {x: {${RELEASE}, environments: {lab: {host: a.example}, production: {host: b.example}}}}\n`,
  )
  assert.equal(
    platform.environments.map(({ name }) => name),
    ['lab', 'dev', 'staging', 'production'],
  )
  assert.equal(
    environmentsOf(platform, 'x').map(({ name }) => name),
    ['lab', 'production'],
  )
  assert.is(sourceOf(platform, 'x', 'production')?.name, 'lab', 'environments without the tenant are skipped')
  assert.is(sourceOf(platform, 'x', 'lab'), undefined)
  assert.is(sourceOf(platform, 'platform', 'production')?.name, 'staging')
})

test('a tenant may stand in a file of its own, and its keys are located there', () => {
  const file = `apiVersion: waybill.dev/v1alpha1\nkind: Tenant\nmetadata: {name: y}\n${RELEASE}\nenvironments:\n  production:\n    host: y.example\n    users: 7\n`
  const platform = platformOf(BAKERY, { 'tenants/y.yaml': file })
  assert.equal(
    platform.tenants.map(({ name }) => name),
    ['bakery', 'y'],
  )
  assert.equal(platform.locate(['tenants', 'y', 'environments', 'production', 'users']), {
    key: 'tenants.y.environments.production.users',
    file: 'tenants/y.yaml',
    line: 8,
  })
  assert.is(platform.locate(['tenants', 'bakery', 'environments', 'production', 'users']).line, 6)
  assert.is(
    platform.locate(['tenants', 'y', 'environments', 'production', 'web', 'replicas']).line,
    6,
    'an absent key leads to its nearest ancestor',
  )
})

const WRONG: readonly (readonly [
  what: string,
  text: string,
  problem: string,
  files?: Readonly<Record<string, string>>,
])[] = [
  ['an unknown key', `${HEAD}tennants: {}\n`, '3:1 unknown key "tennants" / did you mean "tenants"?'],
  [
    'an unknown key that is like none',
    `${HEAD}zzz: 1\n`,
    '3:1 unknown key "zzz" / known here: apiVersion, kind, metadata, environments, reach, ingress, secrets, storage, objectStorage, cluster, observability, registry, gitops, operators, identity, rightSizing, sso, contacts, tenants',
  ],
  [
    'a wrong type',
    BAKERY.replace('users: 25', 'users: "25"'),
    '6:66 "tenants.bakery.environments.production.users" is "25", a whole number is needed / How many people are at work at the same time.',
  ],
  [
    'a series without quotes',
    BAKERY.replace('"18.0"', '18.0'),
    '5:21 "tenants.bakery.release.odoo" is the number 18, which is not one of 16.0, 17.0, 18.0, 19.0 / write it in quotes: "18.0"',
  ],
  [
    'a tag instead of a digest',
    BAKERY.replace(`@sha256:${DIGEST}`, ':18'),
    '5:36 "tenants.bakery.release.image" is "registry.example/bakery/odoo:18", which does not have the form it needs / The Odoo image, pinned by digest: a tag is rebuilt under your feet. Example: registry.example/bakery/odoo@sha256:0000000000000000000000000000000000000000000000000000000000000000',
  ],
  [
    'a missing key',
    BAKERY.replace('host: erp.bakery.example, ', ''),
    '6:20 "tenants.bakery.environments.production" has no "host" / The host name under which people reach Odoo.',
  ],
  [
    'an unknown word',
    BAKERY.replace('users: 25', 'tier: golden'),
    '6:65 "tenants.bakery.environments.production.tier" is "golden", which is not one of bronze, silver, gold, platinum / did you mean "gold"?',
  ],
  [
    'an operator that is none of ours',
    BAKERY.replace('kind: Platform\n', 'kind: Platform\noperators: {trafik: {}}\n'),
    '3:1 "operators" is a map, which is neither of the forms that may stand here / assumed or managed. Default: assumed. | Managed, some of them with values of your own for their charts; what an environment states stands for all of it.',
  ],
  ['no tenant', HEAD, 'platform.yaml the platform has no tenant / add one under "tenants" or in tenants/<name>.yaml'],
  ['an empty file', '', 'platform.yaml the file is empty / describe a platform in it, or start with `waybill init`'],
  [
    'a file of comments',
    '# later\n',
    'platform.yaml the file is empty / describe a platform in it, or start with `waybill init`',
  ],
  ['a tab', `${HEAD}tenants:\n\tx: {}\n`, '4:1 a tab indents this line, YAML wants spaces'],
  ['a duplicate key', `${HEAD}kind: Platform\n`, '3:1 the key stands twice in one map'],
  ['a second document', `${BAKERY}---\na: 1\n`, '7:1 a second document begins here, the file may hold one'],
  [
    'a list',
    '- a\n',
    '1:1 "" is a list, a map is needed / A platform: its environments in order, and the tenants on it.',
  ],
  ['a binary file', 'a\u0000b', 'platform.yaml the file is binary, YAML text is needed'],
  [
    'a tenant in an environment that is not declared',
    `${HEAD}environments: {staging: {}, production: {}}\ntenants: {x: {${RELEASE}, environments: {stagin: {host: a.example}}}}\n`,
    '4:161 the tenant "x" lives in "stagin", which the platform does not declare / did you mean "staging"?',
  ],
  [
    'several environments in no order',
    `${HEAD}tenants: {x: {${RELEASE}, environments: {dev: {host: a.example}, production: {host: b.example}}}}\n`,
    '1:1 the tenants live in 2 environments (dev, production) whose order nothing tells / add "environments: {dev: {}, production: {}}", first environment first',
  ],
  [
    'environments in a circle',
    `${HEAD}environments: {a: {after: b}, b: {after: a}}\ntenants: {x: {${RELEASE}, environments: {a: {host: a.example}}}}\n`,
    '3:27 the environments a, b come after each other in a circle',
  ],
  [
    'a host that two tenants claim',
    `${HEAD}tenants:\n  x: {${RELEASE}, environments: {production: {host: a.example}}}\n  y: {${RELEASE}, environments: {production: {host: b.example, aliases: [a.example]}}}\n`,
    '5:193 the host "a.example" is claimed twice, and only one of the two would be reached',
  ],
  [
    'an extra file that is not there',
    BAKERY.replace('users: 25', 'extra: [more.yaml]'),
    '6:67 the file "more.yaml" cannot be read / paths under "extra" start at the folder of platform.yaml',
  ],
]

for (const [what, text, problem, files] of WRONG) {
  test(`${what} is told with its place and its remedy`, () => {
    assert.is(firstProblem(text, files), problem)
  })
}

test('a bomb of aliases is refused before it is expanded', () => {
  const levels = 'bcdefghij'.split('').map((name, index) => {
    const before = 'abcdefghij'[index] ?? ''
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`
  })
  assert.match(
    firstProblem(`a: &a [x, x]\n${levels.join('\n')}\n`),
    /^platform\.yaml the file cannot be expanded: excessive alias count/,
  )
})

test('a file of ten megabytes is refused by its size', () => {
  assert.is(
    firstProblem(`# ${'x'.repeat(10_000_000)}\n`),
    'platform.yaml the file has 10000003 characters, the most is 4194304',
  )
})

test('every problem of a file is told at once, in the order of the file', () => {
  const text = BAKERY.replace('"18.0"', '"8.0"').replace('users: 25', 'users: 0')
  assert.equal(
    problemsOf(() => platformOf(text)).map(({ start }) => start?.line),
    [5, 6],
  )
})

test('a tenant that is declared twice is told with both places', () => {
  const file = `apiVersion: waybill.dev/v1alpha1\nkind: Tenant\nmetadata: {name: bakery}\n${RELEASE}\nenvironments: {production: {host: y.example}}\n`
  const [problem] = problemsOf(() => platformOf(BAKERY, { 'tenants/bakery.yaml': file }))
  assert.is(problem?.file, 'tenants/bakery.yaml')
  assert.equal(problem?.also, { file: 'platform.yaml', line: 4, message: 'here it is declared first' })
})

test('a problem is printed with the line and a caret under what is meant', () => {
  const [problem] = problemsOf(() => platformOf(`${HEAD}tennants: {}\n`))
  assert.ok(problem)
  assert.is(
    formatProblem(problem, `${HEAD}tennants: {}\n`),
    [
      'platform.yaml:3:1: unknown key "tennants"',
      '    3 | tennants: {}',
      '      | ^^^^^^^^',
      '      did you mean "tenants"?',
    ].join('\n'),
  )
})

test.run()
