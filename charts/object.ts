import { ApiObject } from 'cdk8s'
import type { Construct } from 'constructs'

/** What every manifest needs before it may be written: a name of its own choosing, never a hashed one. */
interface Named {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name?: string; readonly namespace?: string }
}

/**
 * The settings that decided an object: by field path, `''` for the object as a whole. Each is the name of a setting
 * (`web.replicas`) whose derivation leads to the line that a person wrote.
 */
export type DecidedBy = Readonly<Record<string, string>>

/** The type under which `decidedBy` hangs on a construct, for the walk that writes it down. */
export const DECIDED_BY = 'waybill.dev/decided-by'

/**
 * Adds one Kubernetes object, written as people know it and checked by the compiler: `add<IDeployment>(this, 'web', …)`.
 *
 * @param decidedBy the setting that decided the object as a whole, or settings by field path
 */
export function add<T extends object>(
  scope: Construct,
  id: string,
  object: T & Named & { readonly metadata: { readonly name: string } },
  decidedBy: string | DecidedBy,
): ApiObject {
  const added = new ApiObject(scope, id, object)
  added.node.addMetadata(DECIDED_BY, typeof decidedBy === 'string' ? { '': decidedBy } : decidedBy)
  return added
}
