import { documentOf } from './document.ts'
import { Refusal } from './syntax.ts'
import { fieldsOf, isFields, listOf, textOf } from './value.ts'

const KUSTOMIZATION_FILE = /(?:^|[/\\])(?:kustomization\.ya?ml|Kustomization)$/

/** Whether Kustomize takes a file of that name for a kustomization. */
export function isKustomization(file: string): boolean {
  return KUSTOMIZATION_FILE.test(file)
}

/**
 * The files that a kustomization names as patches, by their path from where the kustomization's own path starts. They look
 * like manifests and are parts of some. Of a file that is no YAML, none: reading it as manifests says what is wrong.
 */
export function patchFilesOf(file: string, text: string): readonly string[] {
  const fields = fieldsIn(text)
  const named = [
    ...listOf(fields.patches).map(patch => textOf(fieldsOf(patch).path)),
    ...listOf(fields.patchesJson6902).map(patch => textOf(fieldsOf(patch).path)),
    ...listOf(fields.patchesStrategicMerge).map(patch => textOf(patch)),
  ]
  const folder = file.split('/').slice(0, -1)
  return named
    .filter(path => path !== undefined && !path.includes('\n'))
    .map(path => resolved([...folder, ...String(path).split('/')]))
}

function fieldsIn(text: string) {
  try {
    const value = documentOf(text)?.value
    return isFields(value) ? value : {}
  } catch (error) {
    if (error instanceof Refusal) return {}
    throw error
  }
}

/** Without `.` and without `x/..`. */
function resolved(steps: readonly string[]): string {
  const path: string[] = []
  for (const step of steps) {
    if (step === '.' || (step === '' && path.length > 0)) continue
    if (step === '..' && path.length > 0 && path.at(-1) !== '..') path.pop()
    else path.push(step)
  }
  return path.join('/')
}
