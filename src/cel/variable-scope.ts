import type { Outcome } from './expression.ts'
import { fault, Unknowable } from './fault.ts'
import type { Value } from './value.ts'

/** A variable of a policy as `variables.name` needs it: something that can be evaluated. */
export interface LazyVariable {
  evaluate(bindings: object): Outcome
}

/**
 * What was evaluated for one manifest already. To be shared only between bindings that differ in nothing but `variables`:
 * an expression knows those that it names, so it has one outcome for all of them.
 */
export type Outcomes = Map<LazyVariable, Outcome>

/** The outcome of an expression, evaluated when it is first asked for. */
export function outcomeOf(expression: LazyVariable, bindings: object, outcomes: Outcomes): Outcome {
  const known = outcomes.get(expression)
  if (known !== undefined) return known
  const outcome = expression.evaluate(bindings)
  outcomes.set(expression, outcome)
  return outcome
}

/** The variables of a policy over one manifest: each evaluated when it is first read, and once. */
export class VariableScope {
  readonly #variables: ReadonlyMap<string, LazyVariable>
  readonly #bindings: object
  readonly #outcomes: Outcomes

  constructor(variables: ReadonlyMap<string, LazyVariable>, bindings: object, outcomes: Outcomes) {
    this.#variables = variables
    this.#bindings = bindings
    this.#outcomes = outcomes
  }

  /** The value of a variable; throws what its evaluation threw, in the API server's words. */
  read(name: string): Value {
    const variable = this.#variables.get(name)
    if (variable === undefined) throw fault(`no such key: ${name}`)
    const outcome = outcomeOf(variable, this.#bindings, this.#outcomes)
    if (outcome.kind === 'value') return outcome.value
    if (outcome.kind === 'unknown') throw new Unknowable(outcome.reason)
    throw fault(`composited variable "${name}" fails to evaluate: ${outcome.message}`)
  }
}
