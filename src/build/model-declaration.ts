import type { TSSignature, TSType } from 'oxc-parser'
import { type Draft, parsed } from './model-validator.ts'

/** A declaration file of the models: the full name of its definition, and the fields that it does not inherit. */
export interface Declaration {
  readonly name: string
  readonly members: readonly TSSignature[]
}

export function readDeclaration(path: string): Declaration {
  let name: string | undefined
  let members: readonly TSSignature[] = []
  for (const statement of parsed(path).body) {
    if (statement.type !== 'ExportNamedDeclaration') continue
    if (statement.declaration?.type === 'TSInterfaceDeclaration') members = statement.declaration.body.body
    const exported = statement.specifiers[0]?.exported
    // The full name is exported twice: as `IName`, the type of the data, and as `Name`, the class.
    if (exported?.type === 'Identifier') name = exported.name.slice(1)
  }
  if (name === undefined) throw new Error(`${path} exports no full name`)
  return { name, members }
}

/** Adds the fields that a declaration has and the validator of the same definition has not. */
export function addLostFields(draft: Draft, { name, members }: Declaration): void {
  for (const member of members) {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Literal') continue
    const field = String(member.key.value)
    if (draft.properties !== undefined && Object.hasOwn(draft.properties, field)) continue
    const type = draftOfType(member.typeAnnotation?.typeAnnotation)
    if (type === undefined) throw new Error(`the type of ${name}.${field} is nothing that is read here`)
    draft.properties = { ...draft.properties, [field]: type }
    if (!member.optional) draft.required = [...(draft.required ?? []), field]
  }
}

function draftOfType(type: TSType | undefined): Draft | undefined {
  if (type?.type === 'TSStringKeyword') return { type: 'string' }
  if (type?.type === 'TSBooleanKeyword') return { type: 'boolean' }
  if (type?.type !== 'TSTypeReference' || type.typeName.type !== 'Identifier') return undefined
  if (type.typeArguments === null) return { calls: [type.typeName.name.slice(1)] }
  const items = draftOfType(type.typeArguments.params[0])
  return items === undefined ? undefined : { type: 'array', items }
}
