import { isSeq, parseDocument } from 'yaml'
import { fieldsOf, listOf } from '../manifest/value.ts'
import { checkFile } from '../spec/check.ts'
import { inputError } from '../spec/problem.ts'
import { readYaml } from '../spec/yaml-file.ts'
import { digestOf, toJson } from '../synth/canonical-json.ts'
import { GATES, type Gate, type GateName, isClosed } from './gate.ts'

/** A closed gate that somebody wants opened for exactly one content of a unit. It takes a second person to open it. */
export interface GateOverride {
  readonly gate: GateName
  /** The digest of all files of the unit: for any other content it means nothing. */
  readonly content: string
  readonly reason: string
  readonly by: string
}

/**
 * Which gates two people may open: those that ask for patience, for room or for proof. Of the others, the way that there is
 * instead. Besides, nothing passes a brake, nor a calendar that cannot be read, which may hold one.
 */
const OVERRIDABLE: Readonly<Record<GateName, true | string>> = {
  policy: 'accept the finding with a waiver, which has an owner and an expiry',
  schema: 'mend what could not be read; nobody answers for what nobody saw',
  determinism: 'bring the unit to what the spec says; the next change would overwrite anything else',
  origin: 'bring the revision to the environment before, or state a hotfix',
  soak: true,
  wave: true,
  health: true,
  calendar: true,
  migration: 'record the backup and the note; data that is lost does not come back',
  cutover: 'sign what is done, or state another cutover',
  evidence: true,
  capacity: true,
  approvals: 'find the people; an override needs them too',
}

/** Gates that an override may be asked for. */
export const OVERRIDABLE_GATES = GATES.filter(gate => OVERRIDABLE[gate] === true)
/** Gates that nothing opens but what they ask for. */
export const FIRM_GATES = GATES.filter(gate => OVERRIDABLE[gate] !== true)

/** Somebody's wish to have gates opened. */
export interface Wish {
  readonly gates: readonly GateName[]
  readonly reason: string
  readonly by: string
}

/** @throws InputError when no two people may open one of the gates, or nobody could read who asks */
export function checkWish({ gates, by }: Wish): void {
  if (!new RegExp(PERSON).test(by)) throw inputError('--by', 'a name is one line without a colon')
  for (const gate of gates) {
    const instead = OVERRIDABLE[gate]
    if (instead !== true) throw inputError(gate, 'no override opens this gate', instead)
  }
}

const word = (description: string) => ({ type: 'string', minLength: 1, description })

/** A name in one line, from which a trailer can tell what follows. */
const PERSON = '^[^:\\r\\n]+$'

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'overrides'],
  properties: {
    apiVersion: { const: 'waybill.dev/v1alpha1' },
    kind: { const: 'GateOverrides' },
    overrides: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['gate', 'content', 'reason', 'by'],
        properties: {
          gate: { enum: OVERRIDABLE_GATES, description: 'The gate.' },
          content: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$', description: 'The digest of the unit.' },
          reason: word('Why it cannot wait.'),
          by: { type: 'string', pattern: PERSON, description: 'Who asks.' },
        },
      },
    },
  },
}

/** The folder with the overrides of every unit. */
export const OVERRIDES = 'gate-overrides'

/** The file that records the overrides of a unit. */
export function overridesFile(environment: string, unit: string): string {
  return `${OVERRIDES}/${environment}/${unit}.yaml`
}

/** The overrides in a file; a missing one holds none. @throws InputError when the file is not what it has to be */
export function readOverrides(file: string, text: string | undefined): readonly GateOverride[] {
  if (text === undefined) return []
  const yaml = readYaml(file, text)
  checkFile(yaml, SCHEMA)
  return listOf(fieldsOf(yaml.value).overrides) as readonly GateOverride[]
}

const EMPTY = 'apiVersion: waybill.dev/v1alpha1\nkind: GateOverrides\noverrides: []\n'

/** The file with more overrides; comments and order stay. */
export function addOverrides(text: string | undefined, added: readonly GateOverride[]): string {
  const parsed = parseDocument(text ?? EMPTY)
  const list = parsed.get('overrides')
  if (isSeq(list)) list.flow = false
  for (const override of added) parsed.addIn(['overrides'], parsed.createNode(override))
  return parsed.toString({ lineWidth: 0 })
}

/** What an approval of a unit is bound to: its content, and the overrides that go with it. */
export function boundDigest(content: string, overrides: readonly GateOverride[]): string {
  const own = overrides.filter(override => override.content === content)
  return own.length === 0 ? content : digestOf(toJson({ content, overrides: own }))
}

/** Those that a change brings, for the content that it brings: what stood there before is history. */
export function newOverrides(
  before: readonly GateOverride[],
  after: readonly GateOverride[],
  content: string,
): readonly GateOverride[] {
  const known = new Set(before.map(toJson))
  return after.filter(override => override.content === content && !known.has(toJson(override)))
}

/** Gates with the override that is asked for them; one that no override opens stays as it is. */
export function withOverrides(gates: readonly Gate[], overrides: readonly GateOverride[]): readonly Gate[] {
  return gates.map(gate => {
    const asked = overrides.find(override => override.gate === gate.name)
    if (asked === undefined || !isClosed(gate) || gate.firm) return gate
    return { ...gate, override: { by: asked.by, reason: asked.reason } }
  })
}
