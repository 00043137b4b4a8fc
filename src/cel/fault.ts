import { EvaluationError, isEngineError } from './engine.ts'

/** An evaluation error in the words of the API server: `fault('division by zero')`. */
export function fault(message: string): Error {
  return new EvaluationError({ code: FAULT, message })
}

const FAULT = 'kubernetes'

/**
 * Something that only a running cluster knows was asked for: who sends the request, what a namespace is labelled.
 * Like an error it is absorbed by `&&` and `||` where the other side decides alone.
 */
export class Unknowable extends Error {}

/** The sentences of the library underneath, as the API server has them. */
const WORDS: Readonly<Record<string, (summary: string) => string>> = {
  no_such_key: summary => summary.replace(/^No such key/, 'no such key'),
  modulo_by_zero: () => 'modulus by zero',
  numeric_overflow: () => 'integer overflow',
  no_such_overload: () => 'no such overload',
  no_matching_overload: () => 'no such overload',
  invalid_logical_operand: () => 'no such overload',
  invalid_condition_type: () => 'no such overload',
  invalid_comprehension_range: () => 'no such overload',
  optional_expected: () => 'no such overload',
  optional_value_missing: () => 'optional.none() dereference',
}

/** What went wrong in an evaluation, in the words of the API server. Rethrows what is no evaluation error. */
export function faultMessage(error: unknown): string {
  if (!isEngineError(error)) throw error
  const words = Object.hasOwn(WORDS, error.code) ? WORDS[error.code] : undefined
  return words === undefined ? error.summary : words(error.summary)
}

/**
 * Why an evaluation tells nothing about a manifest: only a cluster could do it, or the evaluator itself failed.
 * `undefined` for an error of the evaluation, which the API server would have too.
 */
export function unknowable(error: unknown): string | undefined {
  if (error instanceof Unknowable) return error.message
  if (!isEngineError(error)) return `its evaluation crashed: ${error}`
  // Every name was declared when the expression compiled; the authorizer is the only one without a value.
  return error.code === 'unknown_variable' ? 'it asks the authorizer, which only a cluster has' : undefined
}
