import type { Value } from '../cel/value.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { parsePath, valueAt } from '../manifest/path.ts'
import { labelsOf } from '../manifest/value.ts'

/** The annotation in which a ValidatingAdmissionPolicy words what is wrong with each failing element. */
const MESSAGE_ANNOTATION = 'waybill.dev/message'

/** The sentence about one culprit, or `undefined` where a field that it names is absent there. */
export type ElementMessage = (names: ReadonlyMap<string, Value>) => string | undefined

/**
 * What a policy says of each culprit of its nth validation: line n of the annotation, or its only line.
 *
 * A line is a sentence with placeholders: a name that stands for something at the culprit (`object`, the variable of a
 * macro) with the path of a field below it, as in `container "{c.name}" has no memory limit`.
 */
export function elementMessageOf(policy: Manifest, validation: number): ElementMessage | undefined {
  const lines = (labelsOf(policy.metadata.annotations)[MESSAGE_ANNOTATION] ?? '').trim().split('\n')
  const line = (lines.length === 1 ? lines[0] : lines[validation])?.trim() ?? ''
  return line === '' ? undefined : names => filled(line, names)
}

const PLACEHOLDER = /\{([A-Za-z_]\w*)([^{}]*)\}/g

function filled(line: string, names: ReadonlyMap<string, Value>): string | undefined {
  let isComplete = true
  const text = line.replace(PLACEHOLDER, (_, name: string, path: string) => {
    const value = valueAt(names.get(name), parsePath(path))
    if (typeof value === 'object' || value === undefined) isComplete = false
    return String(value)
  })
  return isComplete ? text : undefined
}
