import { listOf as entriesOf, type Fields, fieldsOf } from '../manifest/value.ts'
import { parseDuration } from './duration.ts'
import { WAVES, type WaveName } from './migration.ts'
import { closed, duration, listOf, NAME, named, type Schema, text, whole } from './schema-terms.ts'

/** Gates that are there only where an environment asks for them. */
export interface AskedGates {
  /** Names of commit statuses and of check runs; `{unit}` in them is the unit. None asks for none. */
  readonly health: readonly string[]
  /** What has to have been done, and how many seconds ago at most. */
  readonly evidence: Readonly<Record<string, number>>
  /** Of a release that changes the schema of the database. */
  readonly migration?: {
    /** Seconds that the last backup may be old. */
    readonly backup: number
  }
  readonly capacity?: { readonly nodes: readonly StatedNodes[] }
  /** The wave of a migration that the environment is part of: tenants that still come need those before it. */
  readonly migrationWave?: WaveName
}

/** Nodes of one kind, with what each of them has for pods, as quantities of Kubernetes. */
export interface StatedNodes {
  readonly name: string
  readonly count: number
  readonly cpu: string
  readonly memory: string
  readonly pods?: number
}

const QUANTITY = '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$'
const quantity = (description: string, example: string): Schema => ({
  type: ['string', 'integer'],
  description,
  pattern: QUANTITY,
  minimum: 1,
  examples: [example],
})

export const ASKED_GATES_SCHEMA: Schema = closed(
  'What a promotion into this environment has to pass besides the usual.',
  {
    health: listOf(
      'Commit statuses and check runs that have to be green since the source holds the revision.',
      text('The name of a status, or of a job of GitHub Actions; {unit} stands for the unit.', {
        examples: ['argocd/staging-{unit}'],
      }),
      { minItems: 1 },
    ),
    evidence: named('What has to be on record, and how old the record may be.', duration('The longest time since.')),
    migration: closed(
      'A release that changes the schema of the database needs a backup, a change window, and a note on the way back.',
      { backup: duration('How old the last backup may be.') },
      ['backup'],
    ),
    migrationWave: {
      enum: WAVES.slice(1),
      description:
        'The wave of a migration that this environment is part of: the waves before it have to be done and signed.',
    },
    capacity: closed(
      'What is asked for has to fit: quotas, connections, and these nodes.',
      {
        nodes: listOf(
          'The nodes of the cluster.',
          closed(
            'Nodes of one kind.',
            {
              name: text('What they are called.', { pattern: NAME }),
              count: whole('How many there are.', 1, 5_000),
              cpu: quantity('Cores that one of them has for pods.', '15500m'),
              memory: quantity('Memory that one of them has for pods.', '58Gi'),
              pods: whole('Pods that one of them takes. Default: nobody counts.', 1, 1_000),
            },
            ['name', 'count', 'cpu', 'memory'],
          ),
          { minItems: 1 },
        ),
      },
      ['nodes'],
    ),
  },
)

/** The gates that an environment asks for. */
export function askedGatesOf(environment: Fields): AskedGates {
  const { health, evidence, migration, capacity, migrationWave } = fieldsOf(environment.gates)
  const seconds = (value: unknown) => parseDuration(value as string | number) ?? 0
  return {
    health: entriesOf(health).map(String),
    evidence: Object.fromEntries(Object.entries(fieldsOf(evidence)).map(([what, age]) => [what, seconds(age)])),
    ...(migrationWave === undefined ? {} : { migrationWave: migrationWave as WaveName }),
    ...(migration === undefined ? {} : { migration: { backup: seconds(fieldsOf(migration).backup) } }),
    ...(capacity === undefined
      ? {}
      : { capacity: fieldsOf(capacity) as unknown as NonNullable<AskedGates['capacity']> }),
  }
}
