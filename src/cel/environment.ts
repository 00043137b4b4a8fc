import { AUTHORIZER, AUTHORIZER_TYPE, AUTHORIZER_TYPES } from './authorizer.ts'
import { argumentCounts, COMPREHENSIONS, comprehensionMacro, optionalMacro } from './comprehension.ts'
import { CONVERSIONS } from './conversions.ts'
import { Environment, type Evaluator, type MacroCall, type Program, type Scope } from './engine.ts'
import { IMAGE_TYPES, IMAGES } from './image.ts'
import type { Library, ValueType } from './library.ts'
import { LISTS } from './lists.ts'
import { FORMAT_TYPES, NAMED_FORMATS } from './named-format.ts'
import { NETWORK_TYPES, NETWORKS } from './network.ts'
import { OPTIONALS } from './optional.ts'
import { QUANTITIES, QUANTITY_TYPES } from './quantity.ts'
import { REGEX } from './regex.ts'
import { SEMVER_TYPES, SEMVERS } from './semver.ts'
import { STRINGS } from './strings.ts'
import { TIME, TIME_OPERATORS, TIME_TYPES } from './time.ts'
import { URL_TYPES, URLS } from './url.ts'
import { VariableScope } from './variable-scope.ts'

const LIBRARIES: readonly Library[] = [
  CONVERSIONS,
  STRINGS,
  REGEX,
  LISTS,
  OPTIONALS,
  TIME,
  QUANTITIES,
  URLS,
  NETWORKS,
  NAMED_FORMATS,
  SEMVERS,
  IMAGES,
  AUTHORIZER,
]

const TYPES: readonly ValueType[] = [
  ...TIME_TYPES,
  ...QUANTITY_TYPES,
  ...URL_TYPES,
  ...NETWORK_TYPES,
  ...FORMAT_TYPES,
  ...SEMVER_TYPES,
  ...IMAGE_TYPES,
  { name: 'kubernetes.variables', ctor: VariableScope },
]

/** Names in front of functions, `sets.contains(a, b)`: values of classes that nothing else has. */
const NAMESPACES = {
  strings: class StringsNamespace {},
  lists: class ListsNamespace {},
  sets: class SetsNamespace {},
  format: class FormatNamespace {},
  ip: class IpNamespace {},
} as const

const GROUP_VERSION_KIND = { group: 'string', version: 'string', kind: 'string' }
const GROUP_VERSION_RESOURCE = { group: 'string', version: 'string', resource: 'string' }

/** The admission request as expressions see it. */
const REQUEST = {
  kind: GROUP_VERSION_KIND,
  resource: GROUP_VERSION_RESOURCE,
  subResource: 'string',
  requestKind: GROUP_VERSION_KIND,
  requestResource: GROUP_VERSION_RESOURCE,
  requestSubResource: 'string',
  name: 'string',
  namespace: 'string',
  operation: 'string',
  userInfo: {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  dryRun: 'bool',
  options: 'dyn',
}

/**
 * Functions are registered under names of their own, since the library underneath does not let its own be replaced;
 * `privateName` is applied to the calls of an expression after parsing. Only `type` and `dyn` are the library's.
 */
const SHARED = new Set(['type', 'dyn'])
export const privateName = (name: string) => (SHARED.has(name) ? name : `${name}_`)
export const publicName = (text: string) => text.replace(/(\w)_(?=\()/g, '$1')

const NAME = /(\w+)\(/

/** Macros of the library underneath that mean the same in Kubernetes. */
const MACROS = ['has', 'all', 'exists', 'exists_one', 'map', 'filter', 'bind', 'or', 'orValue', 'optMap', 'optFlatMap']

/** Every function and macro that an expression may call, by its public name. */
export const CALLABLE: ReadonlySet<string> = new Set([
  ...SHARED,
  ...MACROS,
  ...COMPREHENSIONS.map(([name]) => name),
  ...LIBRARIES.flatMap(library => Object.keys(library).map(signature => NAME.exec(signature)?.[1] ?? '')),
])

const SYNC = { async: false }

/** An evaluator together with the outermost scope over some bindings: for evaluating single nodes. */
export interface Probe {
  readonly evaluator: Evaluator
  readonly scope: Scope
}

function baseEnvironment(): Environment {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  for (const { name, ctor } of TYPES) environment.registerType(name, ctor)
  for (const [name, fields] of Object.entries(AUTHORIZER_TYPES).reverse()) environment.registerType(name, { fields })
  for (const [name, ctor] of Object.entries(NAMESPACES)) {
    environment.registerType(ctor.name, ctor)
    environment.registerConstant(name, ctor.name, new ctor())
  }
  for (const library of LIBRARIES) {
    for (const [signature, handler] of Object.entries(library)) {
      const own = signature.replace(NAME, (_, name: string) => `${privateName(name)}(`)
      environment.registerFunction(own, handler as (...args: unknown[]) => unknown, SYNC)
    }
  }
  for (const [signature, handler] of Object.entries(TIME_OPERATORS)) {
    environment.registerOperator(signature, handler as (left: unknown, right: unknown) => unknown)
  }
  for (const name of ['Timestamp', 'Duration', 'bytes']) {
    for (const operator of ['<', '<=', '>', '>=']) {
      environment.registerOperator(`${name} ${operator} ${name}: bool`, never)
    }
  }
  for (const { name } of TYPES) environment.registerOperator(`${name} == ${name}: bool`, never)
  environment.registerOperator('optional<A> == optional<A>: bool', never)
  for (const [name, comprehension] of COMPREHENSIONS) {
    for (const count of argumentCounts(comprehension)) {
      const args = Array.from({ length: count }, () => 'ast').join(', ')
      environment.registerFunction(`list.${name}(${args}): dyn`, comprehensionMacro(comprehension), SYNC)
    }
  }
  environment.registerFunction('optional.optMap(ast, ast): dyn', optionalMacro(false), SYNC)
  environment.registerFunction('optional.optFlatMap(ast, ast): dyn', optionalMacro(true), SYNC)
  environment.registerFunction('probe(ast): dyn', probeMacro, SYNC)
  return environment
}

/** Operators are evaluated by `node-semantics.ts`; here they are only declared to the checker. */
function never(): boolean {
  return false
}

const probeMacro = (_call: MacroCall) => ({
  ...SYNC,
  typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('dyn'),
  evaluate: (evaluator: Evaluator, _macro: unknown, scope: Scope): Probe => ({ evaluator, scope }),
})

/** Which variables an expression may name. */
export interface OptionalVariables {
  /** Of an admission policy: besides `object`, `oldObject`, `request`, `namespaceObject` and `variables`. */
  readonly params: boolean
  readonly authorizer: boolean
  /** Of a rule in a schema: `self` and `oldSelf` alone. */
  readonly self?: boolean
}

let base: Environment | undefined
const environments = new Map<string, Environment>()

/** The environment of a text with these variables; building the first one takes some milliseconds, so they are kept. */
export function environmentWith(text: string, { params, authorizer, self = false }: OptionalVariables): Environment {
  const namesTypes = /\bnet\b/.test(text)
  const key = `${params} ${authorizer} ${self} ${namesTypes}`
  const known = environments.get(key)
  if (known !== undefined) return known
  base ??= baseEnvironment()
  const environment = base.clone()
  const untyped = self ? ['self', 'oldSelf'] : ['object', 'oldObject', 'namespaceObject', ...(params ? ['params'] : [])]
  for (const name of untyped) environment.registerVariable(name, 'dyn')
  if (!self) {
    environment.registerVariable('request', { schema: REQUEST })
    environment.registerVariable('variables', 'kubernetes.variables')
  }
  if (authorizer) environment.registerVariable('authorizer', AUTHORIZER_TYPE)
  // `type(x) == net.IP`: a type is a value that only the library can make, by evaluating something.
  if (namesTypes) {
    environment.registerConstant('net', 'map<string, type>', {
      IP: environment.evaluate(`type(${privateName('ip')}("::"))`),
      CIDR: environment.evaluate(`type(${privateName('cidr')}("::/0"))`),
    })
  }
  environments.set(key, environment)
  return environment
}

/** Reads the evaluator and the scope that bindings make in an environment. */
export function probe(environment: Environment, bindings: object): Probe {
  let program = probes.get(environment)
  if (program === undefined) {
    program = environment.parse('probe(0)') as unknown as Program
    program.check()
    probes.set(environment, program)
  }
  return program(bindings) as Probe
}

const probes = new WeakMap<Environment, Program>()
