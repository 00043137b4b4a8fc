import type { Library } from './library.ts'

const A = 'kubernetes.authorization.Authorizer'
const DECISION = 'kubernetes.authorization.Decision'
const RESOURCE = 'kubernetes.authorization.ResourceCheck'

const SIGNATURES = [
  `${A}.path(string): kubernetes.authorization.PathCheck`,
  `${A}.group(string): kubernetes.authorization.GroupCheck`,
  `${A}.serviceAccount(string, string): ${A}`,
  `kubernetes.authorization.PathCheck.check(string): ${DECISION}`,
  `kubernetes.authorization.GroupCheck.resource(string): ${RESOURCE}`,
  `${RESOURCE}.subresource(string): ${RESOURCE}`,
  `${RESOURCE}.namespace(string): ${RESOURCE}`,
  `${RESOURCE}.name(string): ${RESOURCE}`,
  `${RESOURCE}.fieldSelector(string): ${RESOURCE}`,
  `${RESOURCE}.labelSelector(string): ${RESOURCE}`,
  `${RESOURCE}.check(string): ${DECISION}`,
  `${DECISION}.allowed(): bool`,
  `${DECISION}.reason(): string`,
  `${DECISION}.errored(): bool`,
  `${DECISION}.error(): string`,
] as const

/** Types of the authorizer: expressions with them compile, and no value of them ever exists outside of a cluster. */
export const AUTHORIZER_TYPE = A
export const AUTHORIZER_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [A]: { requestResource: RESOURCE },
  'kubernetes.authorization.PathCheck': {},
  'kubernetes.authorization.GroupCheck': {},
  [RESOURCE]: {},
  [DECISION]: {},
}

const neverCalled = () => false

export const AUTHORIZER: Library = Object.fromEntries(SIGNATURES.map(signature => [signature, neverCalled]))
