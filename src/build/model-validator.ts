import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Expression, type ObjectExpression, type Program, parseSync, Visitor } from 'oxc-parser'
import type { Schema, SchemaType } from '../schema/schema.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * A schema while it is being read. `calls` are the definitions whose validators run on the same value: the one that it
 * refers to, or the structs that it embeds.
 */
export interface Draft extends Mutable<Omit<Schema, 'properties' | 'items' | 'additionalProperties' | 'required'>> {
  properties?: Record<string, Draft>
  items?: Draft
  additionalProperties?: Draft
  required?: string[]
  calls?: string[]
}

/**
 * What the validator in a file demands. Every error it can give is an object literal with `schemaPath`, `keyword` and
 * `params`; every call of another validator has as first argument the value that the other one is about.
 */
export function readValidator(path: string): Draft {
  const constants = new Map<string, Expression>()
  const imports = new Map<string, string>()
  const functions = new Map<string, Draft>()
  let main = ''
  let draft: Draft = {}
  let values = new Map<string, Draft>()
  const literal = (expression: Expression | undefined): unknown => {
    switch (expression?.type) {
      case 'Literal':
        return expression.value
      case 'TemplateLiteral':
        return expression.quasis[0]?.value.cooked
      case 'UnaryExpression':
        return expression.operator === '-'
          ? -Number(literal(expression.argument))
          : expression.operator === '!' && !literal(expression.argument)
      case 'ArrayExpression':
        return expression.elements.map(element => literal(element as Expression))
      case 'Identifier':
        return literal(constants.get(expression.name))
      default:
        throw new Error(`${path}: a constant is ${expression?.type}`)
    }
  }
  /** The part of the schema that an expression over `data` stands for. */
  const draftAt = (expression: Expression): Draft | undefined => {
    if (expression.type === 'Identifier') return values.get(expression.name)
    if (expression.type !== 'MemberExpression') return undefined
    const parent = draftAt(expression.object)
    if (parent === undefined) return undefined
    const { property } = expression
    if (!expression.computed) return property.type === 'Identifier' ? fieldOf(parent, property.name) : undefined
    if (property.type === 'Literal') return fieldOf(parent, String(property.value))
    if (property.type !== 'Identifier') return undefined
    if (property.name.startsWith('key')) {
      parent.additionalProperties ??= {}
      return parent.additionalProperties
    }
    parent.items ??= {}
    return parent.items
  }
  new Visitor({
    ImportDeclaration(node) {
      for (const { local } of node.specifiers) imports.set(local.name, basename(node.source.value, '.js'))
    },
    ExportNamedDeclaration(node) {
      const [declared] = node.declaration?.type === 'VariableDeclaration' ? node.declaration.declarations : []
      if (declared?.init?.type === 'Identifier') main = declared.init.name
    },
    FunctionDeclaration(node) {
      draft = {}
      values = new Map([['data', draft]])
      if (node.id !== null) functions.set(node.id.name, draft)
    },
    VariableDeclarator(node) {
      if (node.id.type !== 'Identifier' || node.init === null) return
      if (/^schema\d|_validate$/.test(node.id.name)) constants.set(node.id.name, node.init)
      const value = /^data\d/.test(node.id.name) ? draftAt(node.init) : undefined
      if (value !== undefined) values.set(node.id.name, value)
    },
    ObjectExpression(node) {
      const error = entriesOf(node)
      if (error.keyword !== undefined) applyError(draft, literal, error)
    },
    CallExpression(node) {
      if (node.callee.type !== 'Identifier' || !node.callee.name.includes('validate')) return
      const value = node.arguments[0]?.type === 'SpreadElement' ? undefined : node.arguments[0]
      const target = value === undefined ? undefined : draftAt(value)
      if (target === undefined) throw new Error(`${path}: a validator is called on what is no part of the data`)
      target.calls = [...(target.calls ?? []), node.callee.name]
    },
  }).visit(parsed(path))

  /** Calls of functions of this file replaced by what they demand; calls of other files left, by definition name. */
  const inlined = ({ calls = [], properties, items, additionalProperties, ...own }: Draft): Draft => {
    let part: Draft = {
      ...own,
      ...(properties === undefined ? {} : { properties: mapped(properties, inlined) }),
      ...(items === undefined ? {} : { items: inlined(items) }),
      ...(additionalProperties === undefined ? {} : { additionalProperties: inlined(additionalProperties) }),
    }
    const definitions: string[] = []
    for (const call of calls) {
      const alias = constants.get(call)
      const callee = alias?.type === 'Identifier' ? alias.name : call
      const imported = imports.get(callee)
      const local = functions.get(callee)
      if (imported !== undefined) definitions.push(imported)
      else if (callee === main) definitions.push(basename(path, '.js'))
      else if (local !== undefined) {
        const { calls: inner = [], ...rest } = inlined(local)
        part = { ...part, ...rest }
        definitions.push(...inner)
      }
    }
    return definitions.length === 0 ? part : { ...part, calls: definitions }
  }
  const root = functions.get(main)
  if (root === undefined) throw new Error(`${path} exports no validator`)
  return inlined(root)
}

function fieldOf(draft: Draft, name: string): Draft {
  draft.properties ??= {}
  const field = draft.properties[name] ?? {}
  draft.properties[name] = field
  return field
}

function entriesOf(node: ObjectExpression): Record<string, Expression> {
  const entries: Record<string, Expression> = {}
  for (const property of node.properties) {
    if (property.type === 'Property' && property.key.type === 'Identifier') entries[property.key.name] = property.value
  }
  return entries
}

const LIMITS = [
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const

function applyError(
  root: Draft,
  literal: (expression: Expression | undefined) => unknown,
  error: Record<string, Expression>,
): void {
  const steps = String(literal(error.schemaPath)).split('/').slice(1, -1)
  let draft = root
  for (let index = 0; index < steps.length; index += 1) {
    if (steps[index] === 'properties') {
      index += 1
      draft = fieldOf(
        draft,
        decodeURIComponent(steps[index] ?? '')
          .replaceAll('~1', '/')
          .replaceAll('~0', '~'),
      )
    } else if (steps[index] === 'items') {
      draft.items ??= {}
      draft = draft.items
    } else throw new Error(`a schema path steps through "${steps[index]}"`)
  }
  if (error.params?.type !== 'ObjectExpression') return
  const params = entriesOf(error.params)
  const keyword = String(literal(error.keyword))
  const limit = LIMITS.find(name => name === keyword)
  if (limit !== undefined) draft[limit] = Number(literal(params.limit))
  else if (keyword === 'type') draft.type = literal(params.type) as SchemaType
  else if (keyword === 'required') draft.required = [...(draft.required ?? []), String(literal(params.missingProperty))]
  else if (keyword === 'enum') draft.enum = literal(params.allowedValues) as unknown[]
  else if (keyword === 'format') draft.format = String(literal(params.format))
  else if (keyword === 'pattern') draft.pattern = String(literal(params.pattern))
  // Only the types that are written by hand have this one.
  else if (keyword !== 'oneOf') throw new Error(`a validator has the keyword "${keyword}", which nothing here reads`)
}

export function mapped<From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]))
}

export function parsed(path: string): Program {
  const { program, errors } = parseSync(path, readFileSync(path, 'utf8'))
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  return program
}
