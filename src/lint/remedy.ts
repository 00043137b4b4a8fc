import type { Manifest, Value } from '../manifest/manifest.ts'
import { type FieldPath, parsePath, valueAt } from '../manifest/path.ts'
import { isFields } from '../manifest/value.ts'

/** What puts a finding right: one field of the manifest gets a value, or goes. */
export type Change =
  | { readonly kind: 'set'; readonly at: FieldPath; readonly value: Value }
  | { readonly kind: 'drop'; readonly at: FieldPath }

/**
 * The `edit` of a policy, read: `container.securityContext.runAsNonRoot ?= true` or `drop container.imagePullPolicy`.
 *
 * The first word says what the path counts from: the container or the pod that the finding stands in, or the `manifest`.
 * `=` replaces what stands there, `?=` only fills in what is absent; the value is JSON. After `unless` come fields below the
 * same place: where one of them says anything but false or nothing, somebody has to decide.
 */
interface Edit {
  readonly from: 'container' | 'pod' | 'manifest'
  readonly path: FieldPath
  readonly value: Value | undefined
  readonly onlyAbsent: boolean
  readonly unless: readonly FieldPath[]
}

const SET = /^(container|pod|manifest)\.(\S+) (\??)= (.+?)(?: unless (.+))?$/
const DROP = /^drop (container|pod|manifest)\.(\S+)$/

function editOf(text: string): Edit | undefined {
  const [, from, path = '', optional, json, unless] = DROP.exec(text) ?? SET.exec(text) ?? []
  if (from === undefined) return undefined
  let value: Value | undefined
  try {
    value = json === undefined ? undefined : (JSON.parse(json) as Value)
  } catch {
    return undefined
  }
  return {
    from: from as Edit['from'],
    path: parsePath(path),
    value,
    onlyAbsent: optional === '?',
    unless: unless === undefined ? [] : unless.split(',').map(field => parsePath(field.trim())),
  }
}

/** Whether a text can be the `edit` of a policy. */
export function isEdit(text: string): boolean {
  return editOf(text) !== undefined
}

/**
 * What the `edit` of a policy means for a finding at `at`; a text that says why nobody but a person can tell; nothing where
 * it is done already, so that the finding is about something else.
 *
 * @throws Error for a text that is no edit
 */
export function changeOf(text: string, manifest: Manifest, at: FieldPath): Change | string | undefined {
  const edit = editOf(text)
  if (edit === undefined) throw new Error(`"${text}" is no edit`)
  const { from, path, value, onlyAbsent, unless } = edit
  const home = HOMES[from](manifest, at)
  if (home === undefined) return `the finding stands in no ${from}`
  const target = [...home, ...path]
  const standing = valueAt(manifest, target)
  if (value !== undefined && JSON.stringify(standing) === JSON.stringify(value)) return undefined
  if (onlyAbsent && standing !== undefined && standing !== null) return 'somebody has stated the contrary'
  for (const field of unless) {
    const other = valueAt(manifest, [...home, ...field])
    if (other !== undefined && other !== null && other !== false) return `"${field.join('.')}" asks for the contrary`
  }
  return value === undefined ? { kind: 'drop', at: target } : { kind: 'set', at: target, value }
}

const HOMES: Readonly<Record<Edit['from'], (manifest: Manifest, at: FieldPath) => FieldPath | undefined>> = {
  manifest: () => [],
  pod: podAt,
  container: (_, at) => {
    const list = at.findIndex((step, index) => typeof step === 'number' && CONTAINERS.includes(at[index - 1]))
    return list === -1 ? undefined : at.slice(0, list + 1)
  },
}

const CONTAINERS: readonly unknown[] = ['containers', 'initContainers', 'ephemeralContainers']

/** Where the spec of a manifest's pods stands. */
const PODS: readonly FieldPath[] = [
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  ['spec', 'template', 'spec'],
  ['spec'],
]

function podAt(manifest: Manifest): FieldPath | undefined {
  return PODS.find(path => Array.isArray(valueAt(manifest, [...path, 'containers'])))
}

/** The manifest with the change made. */
export function changed(manifest: Manifest, change: Change): Manifest {
  return withChange(manifest, change.at, change) as Manifest
}

function withChange(value: unknown, [step, ...rest]: FieldPath, change: Change): unknown {
  if (step === undefined) return change.kind === 'set' ? change.value : value
  if (Array.isArray(value)) return value.with(Number(step), withChange(value[Number(step)], rest, change))
  const fields = isFields(value) ? value : {}
  if (change.kind === 'drop' && rest.length === 0) {
    return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== step))
  }
  return { ...fields, [step]: withChange(fields[step], rest, change) }
}
