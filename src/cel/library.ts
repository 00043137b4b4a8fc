/**
 * Functions by signature, as the CEL library registers them: `string.charAt(int): string`. A member function gets its
 * receiver as the first argument. The checker sees to it that a handler gets the types of its signature.
 */
export type Library = Readonly<Record<string, (...args: never[]) => unknown>>

/** A Kubernetes type that expressions handle as a value: its CEL name and the class of its values. */
export interface ValueType {
  readonly name: string
  readonly ctor: new (...args: never[]) => object
}
