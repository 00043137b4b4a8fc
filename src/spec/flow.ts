import type { Range } from '../manifest/manifest.ts'
import { nearest } from '../manifest/nearest.ts'
import { type FieldPath, valueAt } from '../manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { checkFile } from './check.ts'
import { REACH_FILE } from './platform.ts'
import type { Problem } from './problem.ts'
import { REACH_SCHEMA } from './schema.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

/** A statement about who connects to whom, as the schema has let it through, with its place. */
export interface StatedFlow {
  readonly value: Fields
  readonly file: string
  readonly range: Range
}

/** What `reach.yaml` states; a missing file states nothing. @throws InputError when the file is not what it has to be */
export function readFlowFile(
  text: string | undefined,
): { readonly yaml: YamlFile; readonly flows: readonly StatedFlow[] } | undefined {
  if (text === undefined) return undefined
  const yaml = readYaml(REACH_FILE, text)
  checkFile(yaml, REACH_SCHEMA)
  return { yaml, flows: flowsAt(yaml, ['reach']) }
}

/** The statements in the list at a path. */
export function flowsAt(yaml: YamlFile, at: FieldPath): readonly StatedFlow[] {
  return listOf(valueAt(yaml.value, at)).map((value, nth) => {
    const { start, length } = yaml.place([...at, nth])
    const end = { ...start, column: start.column + length, offset: start.offset + length }
    return { value: fieldsOf(value), file: yaml.file, range: { start, end } }
  })
}

/** Whether a statement is about this environment. */
export function concerns({ value }: StatedFlow, environment: string): boolean {
  return value.environments === undefined || listOf(value.environments).includes(environment)
}

/** Names in the statements of a list that the platform does not know. */
export function strangeNames(
  yaml: YamlFile,
  at: FieldPath,
  known: Readonly<Record<'tenant' | 'environment', readonly string[]>>,
): Problem[] {
  const problem = (noun: 'tenant' | 'environment', name: string, where: FieldPath): readonly Problem[] => {
    if (known[noun].includes(name)) return []
    const near = nearest(name, known[noun])
    return [
      {
        file: yaml.file,
        ...yaml.valuePlace(where),
        message: `there is no ${noun} "${name}", so the statement would never be broken`,
        hint: near === undefined ? `declared are ${known[noun].join(', ')}` : `did you mean "${near}"?`,
      },
    ]
  }
  return listOf(valueAt(yaml.value, at)).flatMap((value, nth) => {
    const flow = fieldsOf(value)
    const sides = ['allow', 'deny', 'only', 'to'].flatMap(side => {
      const where = [...at, nth, side]
      const own = flow[side]
      return Array.isArray(own)
        ? own.map((party, place) => ({ party, where: [...where, place, 'tenant'] }))
        : [{ party: own, where: [...where, 'tenant'] }]
    })
    return [
      ...sides.flatMap(({ party, where }) => {
        const tenant = textOf(fieldsOf(party).tenant)
        return tenant === undefined ? [] : problem('tenant', tenant, where)
      }),
      ...listOf(flow.environments).flatMap((name, place) =>
        problem('environment', String(name), [...at, nth, 'environments', place]),
      ),
    ]
  })
}
