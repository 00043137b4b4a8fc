import { fault, faultMessage, Unknowable, unknowable } from './fault.ts'
import type { Value } from './value.ts'

/** A variable of a policy as `variables.name` needs it: something that gives a value, or throws. */
export interface LazyVariable {
  read(bindings: object): Value
}

/** The variables of a policy over one manifest: each evaluated when it is first read, and once. */
export class VariableScope {
  readonly #variables: ReadonlyMap<string, LazyVariable>
  readonly #bindings: object
  readonly #values = new Map<string, Value>()
  readonly #errors = new Map<string, Error>()

  constructor(variables: ReadonlyMap<string, LazyVariable>, bindings: object) {
    this.#variables = variables
    this.#bindings = bindings
  }

  read(name: string): Value {
    if (this.#values.has(name)) return this.#values.get(name)
    const known = this.#errors.get(name)
    if (known !== undefined) throw known
    const variable = this.#variables.get(name)
    if (variable === undefined) throw fault(`no such key: ${name}`)
    try {
      const value = variable.read(this.#bindings)
      this.#values.set(name, value)
      return value
    } catch (error) {
      const reason = unknowable(error)
      const thrown =
        reason === undefined
          ? fault(`composited variable "${name}" fails to evaluate: ${faultMessage(error)}`)
          : new Unknowable(reason)
      this.#errors.set(name, thrown)
      throw thrown
    }
  }
}
