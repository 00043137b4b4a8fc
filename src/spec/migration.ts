import type { FieldPath } from '../manifest/path.ts'
import { listOf as entriesOf, type Fields, fieldsOf } from '../manifest/value.ts'
import { parseDuration } from './duration.ts'
import { closed, DAY, duration, listOf, NAME, named, type Schema, size, text } from './schema-terms.ts'

/** The steps in which a tenant comes to the platform, each of which has to be signed before the next may be. */
export const WAVES = ['landing-zone', 'non-production', 'rehearsal', 'cutover'] as const
export type WaveName = (typeof WAVES)[number]

/** What has to be known of what is there before anything moves: an interface that nobody listed fails in the cutover. */
export const INVENTORY = {
  versions: 'Odoo, PostgreSQL, operating systems',
  modules: 'modules, with where they come from and whether they stay',
  interfaces: 'systems that are called or that call',
  reports: 'reporting jobs and what they read',
  exchanges: 'files that go in and out',
  logins: 'how people and machines log in',
  retention: 'what has to be kept, and for how long',
} as const
export type InventoryList = keyof typeof INVENTORY

export interface Migration {
  readonly from: {
    readonly system: string
    readonly odoo?: string
    readonly postgres?: string
    readonly database?: string
    readonly filestore?: string
  }
  readonly inventory: Readonly<Record<InventoryList, readonly string[]>>
  readonly waves: Readonly<Record<WaveName, Wave>>
  readonly workstreams: readonly { readonly name: string; readonly owner: string; readonly goal: string }[]
  readonly risks: readonly { readonly risk: string; readonly answer: string }[]
  readonly cutover: Cutover
}

export interface Wave {
  readonly owner: string
  /** Conditions besides those that every migration has. */
  readonly exit: readonly string[]
  readonly signed?: { readonly by: string; readonly on: string }
}

/** Durations are seconds. */
export interface Cutover {
  /** On the wall clock of the tenant: `2027-02-07 22:00`. */
  readonly begins: string
  readonly lasts: number
  readonly freeze: number
  readonly rollbackBy: number
  readonly rollbackWhen: readonly string[]
  readonly hypercareDays: number
  readonly signOff: readonly string[]
  readonly promises: Readonly<Record<string, string>>
}

const lines = (description: string) => listOf(description, text('One line.'))

const wave = (description: string) =>
  closed(description, {
    owner: text('The team that answers for it. Default: the owner of the tenant.', { pattern: NAME }),
    exit: lines('Conditions besides the usual ones.'),
    signed: closed(
      'Who found that every condition holds.',
      { by: text('A name.'), on: text('The day.', { pattern: DAY }) },
      ['by', 'on'],
    ),
  })

export const MIGRATION_SCHEMA: Schema = closed(
  'How the tenant comes here. It makes pages, and changes no manifest.',
  {
    from: closed(
      'What is there.',
      {
        system: text('Its name.'),
        odoo: text('Its series, where it is Odoo.'),
        postgres: text('The major version of its database.'),
        database: size('How much data.'),
        filestore: size('How many attachments.'),
      },
      ['system'],
    ),
    inventory: closed(
      'All that is there: a list may be empty, none may be missing.',
      Object.fromEntries(Object.entries(INVENTORY).map(([name, description]) => [name, lines(`${description}.`)])),
      Object.keys(INVENTORY),
    ),
    waves: closed('The steps, each one signed before the next.', {
      'landing-zone': wave('Networks, logins, secrets, backups, monitoring.'),
      'non-production': wave('Images, manifests, restores and systems outside, tried where nothing is at stake.'),
      rehearsal: wave('Everything with masked data and real load.'),
      cutover: wave('The night itself.'),
    }),
    workstreams: named(
      'Work that goes on beside the waves.',
      closed(
        'One of them.',
        { owner: text('Who answers for it.', { pattern: NAME }), goal: text('What it has to reach.') },
        ['owner', 'goal'],
      ),
    ),
    risks: listOf(
      'What may go wrong.',
      closed('A risk.', { risk: text('What.'), answer: text('What is done about it.') }, ['risk', 'answer']),
    ),
    cutover: closed(
      'The move itself.',
      {
        begins: text("The moment on the tenant's own clock.", {
          pattern: `${DAY.slice(0, -1)} ([01][0-9]|2[0-3]):[0-5][0-9]$`,
          examples: ['2027-02-07 22:00'],
        }),
        lasts: duration('How long it may take.'),
        freeze: duration('How long before it nothing may change any more.'),
        rollbackBy: duration('How long after its beginning the way back is open.'),
        rollbackWhen: lines('What makes everybody go back.'),
        hypercare: duration('How long everybody stays close afterwards. Default: 14d.'),
        signOff: listOf('Roles that have to say yes before it begins.', text('A role.', { pattern: NAME }), {
          minItems: 1,
        }),
        promises: named('What has to hold afterwards.', text('A number with its bound.')),
      },
      ['begins', 'lasts', 'freeze', 'rollbackBy', 'rollbackWhen', 'signOff'],
    ),
  },
  ['from', 'inventory', 'cutover'],
)

/** How the tenant comes here; `undefined` where it is here already. */
export function migrationOf(body: Fields, owner: string): Migration | undefined {
  if (body.migration === undefined) return undefined
  const { from, inventory, waves, workstreams, risks, cutover } = fieldsOf(body.migration)
  const seconds = (value: unknown, otherwise = 0) =>
    value === undefined ? otherwise : (parseDuration(value as string) ?? otherwise)
  const move = fieldsOf(cutover)
  return {
    from: fieldsOf(from) as unknown as Migration['from'],
    inventory: fieldsOf(inventory) as unknown as Migration['inventory'],
    waves: Object.fromEntries(
      WAVES.map(name => {
        const stated = fieldsOf(fieldsOf(waves)[name])
        return [name, { owner: String(stated.owner ?? owner), exit: entriesOf(stated.exit), ...signature(stated) }]
      }),
    ) as unknown as Migration['waves'],
    workstreams: Object.entries(fieldsOf(workstreams)).map(([name, value]) => ({
      ...(fieldsOf(value) as { owner: string; goal: string }),
      name,
    })),
    risks: entriesOf(risks) as unknown as Migration['risks'],
    cutover: {
      begins: String(move.begins),
      lasts: seconds(move.lasts),
      freeze: seconds(move.freeze),
      rollbackBy: seconds(move.rollbackBy),
      rollbackWhen: entriesOf(move.rollbackWhen).map(String),
      hypercareDays: Math.ceil(seconds(move.hypercare, 14 * 86_400) / 86_400),
      signOff: entriesOf(move.signOff).map(String),
      promises: fieldsOf(move.promises) as Readonly<Record<string, string>>,
    },
  }
}

function signature({ signed }: Fields): Pick<Wave, 'signed'> {
  return signed === undefined ? {} : { signed: signed as NonNullable<Wave['signed']> }
}

/** What no schema can say of a migration: a key below it, and what is wrong there. */
export function migrationProblems(migration: Migration): { key: FieldPath; message: string; hint: string }[] {
  const { waves, cutover } = migration
  const unsigned = WAVES.findIndex(name => waves[name].signed === undefined)
  const early = WAVES.find((name, index) => unsigned !== -1 && index > unsigned && waves[name].signed !== undefined)
  const problems: { key: FieldPath; message: string; hint: string }[] = []
  if (early !== undefined) {
    problems.push({
      key: ['waves', early, 'signed'],
      message: `the wave "${early}" is signed, and "${WAVES[unsigned]}" before it is not`,
      hint: 'sign the waves in their order',
    })
  }
  if (cutover.rollbackBy >= cutover.lasts) {
    problems.push({
      key: ['cutover', 'rollbackBy'],
      message: 'the way back is open for longer than the cutover may take, so nobody decides in time',
      hint: 'state a cutover.rollbackBy that leaves time to go back within cutover.lasts',
    })
  }
  if (cutover.freeze < cutover.lasts) {
    problems.push({
      key: ['cutover', 'freeze'],
      message: 'changes are frozen for a shorter time than the cutover takes',
      hint: 'state a cutover.freeze that begins before the cutover does',
    })
  }
  return problems
}
