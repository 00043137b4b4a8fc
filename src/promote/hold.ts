import { isSeq, parseDocument } from 'yaml'
import { fieldsOf, listOf } from '../manifest/value.ts'
import { checkFile } from '../spec/check.ts'
import { readYaml } from '../spec/yaml-file.ts'

export const HOLDS_FILE = 'holds.yaml'

/** A revision that was rolled back from an environment and is not proposed again until somebody lifts the hold. */
export interface Hold {
  readonly environment: string
  readonly unit: string
  readonly revision: string
  readonly reason: string
  readonly by: string
}

const REVISION = '^sha256:[0-9a-f]{64}$'
const word = (description: string) => ({ type: 'string', minLength: 1, description })

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'holds'],
  properties: {
    apiVersion: { const: 'waybill.dev/v1alpha1' },
    kind: { const: 'Holds' },
    holds: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['environment', 'unit', 'revision', 'reason', 'by'],
        properties: {
          environment: word('The environment that it was rolled back from.'),
          unit: word('The unit.'),
          revision: { type: 'string', pattern: REVISION, description: 'The revision that is held back.' },
          reason: word('Why.'),
          by: word('Who rolled back.'),
        },
      },
    },
  },
} as const

/** The holds of a repository; a missing file holds nothing. @throws InputError when the file is not what it has to be */
export function readHolds(text: string | undefined): readonly Hold[] {
  if (text === undefined) return []
  const yaml = readYaml(HOLDS_FILE, text)
  checkFile(yaml, SCHEMA)
  return listOf(fieldsOf(yaml.value).holds) as readonly Hold[]
}

/** Revisions that are not to be proposed for this unit. */
export function heldRevisions(holds: readonly Hold[], environment: string, unit: string): ReadonlySet<string> {
  return new Set(
    holds.filter(hold => hold.environment === environment && hold.unit === unit).map(({ revision }) => revision),
  )
}

const EMPTY = 'apiVersion: waybill.dev/v1alpha1\nkind: Holds\nholds: []\n'

/** The file with one more hold; comments and order stay. */
export function addHold(text: string | undefined, hold: Hold): string {
  const parsed = parseDocument(text ?? EMPTY)
  const same = ({ environment, unit, revision }: Hold) =>
    environment === hold.environment && unit === hold.unit && revision === hold.revision
  if (readHolds(text).some(same)) return text ?? EMPTY
  const list = parsed.get('holds')
  if (isSeq(list)) list.flow = false
  parsed.addIn(['holds'], parsed.createNode(hold))
  return parsed.toString({ lineWidth: 0 })
}

/** The file without the holds of a unit, and the holds that were lifted. */
export function liftHolds(
  text: string | undefined,
  environment: string,
  unit: string,
): { text: string; lifted: readonly Hold[] } {
  const holds = readHolds(text)
  const parsed = parseDocument(text ?? EMPTY)
  const lifted: Hold[] = []
  for (const [index, hold] of [...holds.entries()].reverse()) {
    if (hold.environment !== environment || hold.unit !== unit) continue
    parsed.deleteIn(['holds', index])
    lifted.unshift(hold)
  }
  return { text: parsed.toString({ lineWidth: 0 }), lifted }
}
