/** Where a value stands in a manifest: `['spec', 'template', 'spec', 'containers', 0, 'image']`. */
export type FieldPath = readonly (string | number)[]

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** The path as people write it: `spec.template.spec.containers[0].image`, `metadata.labels["a.b/c"]`. */
export function formatPath(path: FieldPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (PLAIN_KEY.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** The value at the path, or `undefined` when any step of it is absent. Never throws. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** Reads back what `formatPath` writes. Text that it never writes gives the steps that can be told apart. */
export function parsePath(text: string): FieldPath {
  const steps: (string | number)[] = []
  for (const [, index, quoted, plain] of text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (index !== undefined) steps.push(Number(index))
    else if (quoted !== undefined) steps.push(JSON.parse(quoted) as string)
    else if (plain !== undefined) steps.push(plain)
  }
  return steps
}
