import {
  type CompileError,
  compileExpression,
  type Declarations,
  type Expression,
  isCompileError,
} from '../cel/expression.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { ParamKind } from './admission-binding.ts'
import { type ElementMessage, elementMessageOf } from './admission-message.ts'

/** Says what of a policy cannot be run, and where it stands. */
export type Report = (path: FieldPath, reason: string) => void

/** One rule of a policy, and what it says when it is broken. */
export interface Validation {
  readonly expression: Expression
  readonly message: string
  readonly messageExpression: Expression | undefined
  /** What is said of each culprit; where it says nothing, the message of the policy does. */
  readonly elementMessage: ElementMessage | undefined
}

/** The compiled content of a ValidatingAdmissionPolicy. */
export interface Rules {
  readonly paramKind: ParamKind | undefined
  /** `undefined` when one of them does not compile: nobody can say what the policy applies to. */
  readonly conditions: readonly Expression[] | undefined
  readonly variables: ReadonlyMap<string, Expression>
  readonly validations: readonly Validation[]
  readonly auditAnnotations: readonly Expression[]
  readonly ignoresErrors: boolean
}

/** Reads and compiles a policy. What does not compile is reported and left out. */
export function rulesOf(manifest: Manifest, report: Report): Rules {
  const spec = fieldsOf(manifest.spec)
  if (!isFields(spec.matchConstraints)) report(['spec', 'matchConstraints'], 'is absent, so the policy matches nothing')
  const paramKind = paramKindOf(spec.paramKind)
  const variables = new Map<string, Expression>()
  const declared: Declarations = { variables, params: paramKind !== undefined, authorizer: true }

  const compile = (value: unknown, path: FieldPath, declarations: Declarations, types: readonly string[]) => {
    const text = textOf(value)
    if (text === undefined) {
      report(path, 'is no text, so it cannot be evaluated')
      return undefined
    }
    const compiled = compileExpression(text, declarations)
    if (isCompileError(compiled)) report(path, compileProblem(compiled, text))
    else if (types.length === 0 || types.includes(compiled.type)) return compiled
    else report(path, `does not compile: must evaluate to ${types.join(' or ')} but got ${compiled.type}`)
    return undefined
  }

  for (const [index, value] of listOf(spec.variables).entries()) {
    const { name, expression } = fieldsOf(value)
    const seen = { ...declared, variables: new Map(variables) }
    const compiled = compile(expression, ['spec', 'variables', index, 'expression'], seen, [])
    if (compiled !== undefined && typeof name === 'string') variables.set(name, compiled)
  }

  const conditions = listOf(spec.matchConditions).map((value, index) =>
    compile(fieldsOf(value).expression, ['spec', 'matchConditions', index, 'expression'], declared, ['bool']),
  )
  const validations = listOf(spec.validations).flatMap((value, index) => {
    const { expression, message, messageExpression } = fieldsOf(value)
    const at: FieldPath = ['spec', 'validations', index]
    const compiled = compile(expression, [...at, 'expression'], declared, ['bool'])
    const compiledMessage =
      messageExpression === undefined
        ? undefined
        : compile(messageExpression, [...at, 'messageExpression'], { ...declared, authorizer: false }, ['string'])
    if (compiled === undefined) return []
    return [
      {
        expression: compiled,
        message: (textOf(message) ?? '').trim(),
        messageExpression: compiledMessage,
        elementMessage: elementMessageOf(manifest, index),
      },
    ]
  })
  const auditAnnotations = listOf(spec.auditAnnotations).flatMap((value, index) => {
    const path: FieldPath = ['spec', 'auditAnnotations', index, 'valueExpression']
    return compile(fieldsOf(value).valueExpression, path, declared, ['string', 'null']) ?? []
  })
  return {
    paramKind,
    conditions: conditions.every(condition => condition !== undefined) ? conditions : undefined,
    variables,
    validations,
    auditAnnotations,
    ignoresErrors: spec.failurePolicy === 'Ignore',
  }
}

function paramKindOf(value: unknown): ParamKind | undefined {
  const [apiVersion, kind] = [textOf(fieldsOf(value).apiVersion), textOf(fieldsOf(value).kind)]
  return apiVersion === undefined || kind === undefined ? undefined : { apiVersion, kind }
}

function compileProblem({ message, start, unsupported }: CompileError, text: string): string {
  const before = text.slice(0, start).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1} of the expression`
  return `${unsupported ? 'cannot be compiled here' : 'does not compile'}: ${message} (${place})`
}
