import { createRequire } from 'node:module'
import type { Manifest } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { isFields } from '../manifest/value.ts'

/**
 * What tells the elements of a list apart, best first. `mountPath` and `devicePath` stand before `name`,
 * which on a mount is the name of the volume, and one volume may be mounted twice.
 */
const IDENTITIES = [
  'mountPath',
  'devicePath',
  'name',
  'key',
  'host',
  'hostname',
  'ip',
  'topologyKey',
  'containerPort',
  'port',
  'path',
  'match',
] as const

/**
 * The identity of a finding: 16 hexadecimal characters of the SHA-256 over the policy, the object and the field.
 *
 * List elements are named, never counted, so that it survives reordering, moves within a file and renames of the file.
 * It does not cover the message: what a policy says about a field may be worded anew.
 */
export function fingerprint(policy: string, manifest: Manifest, at: FieldPath): string {
  const { name, namespace } = manifest.metadata
  return fingerprintOf([policy, manifest.kind, namespace ?? null, name, namedPath(manifest, at)])
}

/** The fingerprint of something that stands in no manifest: of the parts that make it the same thing again. */
export function fingerprintOf(parts: readonly (string | null)[]): string {
  return digest(JSON.stringify(parts))
}

let crypto: typeof import('node:crypto') | undefined

function digest(text: string): string {
  // Loaded with the first finding: where there is none, nobody waits for it.
  crypto ??= createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto')
  return crypto.createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The path as one text in which each list element stands under a name of its own. */
function namedPath(root: unknown, at: FieldPath): string {
  const steps: string[] = []
  let value = root
  for (const step of at) {
    value = childOf(value, step)
    steps.push(typeof step === 'number' ? `[${elementName(value)}]` : JSON.stringify(step))
  }
  return steps.join('.')
}

function childOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return (value as Record<string | number, unknown>)[step]
}

function elementName(element: unknown): string {
  if (isFields(element)) {
    for (const field of IDENTITIES) {
      const value = Object.hasOwn(element, field) ? element[field] : undefined
      if ((typeof value === 'string' && value !== '') || typeof value === 'number') {
        return `${field}=${JSON.stringify(value)}`
      }
    }
  }
  return digest(canonical(element))
}

/** Lists are sorted too: an element that is known by its content stays the same when a list inside it is reordered. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`
  if (isFields(value)) {
    const entries = Object.keys(value).sort()
    return `{${entries.map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
  }
  return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'absent')
}
