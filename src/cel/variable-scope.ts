import { fault, faultMessage, Unknowable, unknowable } from './fault.ts'
import type { Value } from './value.ts'

/** A variable of a policy as `variables.name` needs it: something that gives a value, or throws. */
export interface LazyVariable {
  read(bindings: object): Value
}

type Result = { readonly value: Value } | { readonly error: Error }

/** The variables of a policy over one manifest: each evaluated when it is first read, and once. */
export class VariableScope {
  readonly #variables: ReadonlyMap<string, LazyVariable>
  readonly #bindings: object
  readonly #results = new Map<string, Result>()

  constructor(variables: ReadonlyMap<string, LazyVariable>, bindings: object) {
    this.#variables = variables
    this.#bindings = bindings
  }

  /** The value of a variable; throws what its evaluation threw, in the API server's words. */
  read(name: string): Value {
    let result = this.#results.get(name)
    if (result === undefined) {
      result = this.#evaluate(name)
      this.#results.set(name, result)
    }
    if ('error' in result) throw result.error
    return result.value
  }

  #evaluate(name: string): Result {
    const variable = this.#variables.get(name)
    if (variable === undefined) return { error: fault(`no such key: ${name}`) }
    try {
      return { value: variable.read(this.#bindings) }
    } catch (error) {
      const reason = unknowable(error)
      if (reason !== undefined) return { error: new Unknowable(reason) }
      return { error: fault(`composited variable "${name}" fails to evaluate: ${faultMessage(error)}`) }
    }
  }
}
