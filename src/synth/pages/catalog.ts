import { archiveName, archivePath, SHARED_TENANT } from '../../../charts/names.ts'
import { fieldsOf, isFields, listOf } from '../../manifest/value.ts'
import { formatDuration } from '../../spec/duration.ts'
import { INDICATORS } from '../../spec/facts/indicators.ts'
import { MODULES } from '../../spec/facts/modules.ts'
import { type IntegrationCard, integrationCards } from '../../spec/integration.ts'
import {
  INVENTORY,
  type InventoryList,
  type Migration,
  migrationOf,
  WAVES,
  type WaveName,
} from '../../spec/migration.ts'
import type { Platform, Tenant } from '../../spec/platform.ts'
import type { BusinessProcess } from '../../spec/processes.ts'
import type { Settings } from '../../spec/settings.ts'
import { toYaml } from '../canonical-yaml.ts'
import { mainOf } from './main-environment.ts'
import { table } from './markdown.ts'

type Pages = Map<string, string>

/**
 * The pages below `catalog/`: what a person asks who does not read manifests. Systems and who needs them, processes and how
 * they go on by hand, modules, what is promised and by what it is kept, and how a tenant comes here. Pure.
 *
 * @param all settings of every tenant in every environment that it lives in, in the order of the pipeline
 */
export function catalogPages(platform: Platform, all: readonly Settings[]): Pages {
  const pages: Pages = new Map()
  const tenants = platform.tenants.filter(({ retired }) => !retired)
  const systems: object[] = []
  const objectives: object[] = []
  for (const tenant of tenants) {
    const main = mainOf(all.filter(settings => settings.tenant === tenant.name))
    if (main === undefined) continue
    const owner = tenant.owner ?? platform.name
    const cards = integrationCards(tenant.promoted)
    const callers = callersOf(main, tenant)
    const readers = readersOf(main)
    const processes = main.observability?.processes ?? []
    systems.push(
      ...cards.map(card => systemEntry(tenant.name, owner, card)),
      ...callers.map(caller => ({ tenant: tenant.name, ...caller })),
    )
    objectives.push(objectiveEntry(main))
    if (isConnected(tenant, main)) {
      pages.set(`${tenant.name}/integrations.md`, integrationPage(tenant.name, owner, cards, callers, readers))
    }
    if (processes.length > 0) pages.set(`${tenant.name}/continuity.md`, continuityPage(tenant.name, processes, cards))
    const modules = moduleEntries(tenant, main)
    if (modules.length > 0)
      pages.set(`${tenant.name}/modules.yaml`, toYaml({ odoo: main.release.odoo, image: main.release.image, modules }))
    const migration = migrationOf(tenant.pages, owner)
    if (migration !== undefined) pages.set(`${tenant.name}/migration.md`, migrationPage(tenant.name, migration))
  }
  if (systems.length > 0) pages.set('integrations.yaml', toYaml({ integrations: systems }))
  // A platform that asks for no pages gets none.
  if (pages.size > 0) pages.set('objectives.yaml', toYaml({ objectives }))
  return pages
}

/** Whether anything outside is known of a tenant: what it calls, who calls it, who reads its data. */
export function isConnected(tenant: Tenant, main: Settings): boolean {
  return integrationCards(tenant.promoted).length + callersOf(main, tenant).length + readersOf(main).length > 0
}

function readersOf({ data }: Settings): string[] {
  return [...(data?.readers ?? []), ...(data?.publications ?? [])].map(({ name }) => name)
}

function systemEntry(tenant: string, owner: string, card: IntegrationCard): object {
  const { cidrs, secret, ...rest } = card
  return {
    tenant,
    direction: 'out',
    ...rest,
    owner: card.owner ?? owner,
    addresses: cidrs ?? 'any public one',
    ...(secret === undefined ? {} : { secret: `integration-${card.name}` }),
  }
}

interface Caller {
  readonly name: string
  readonly direction: 'in'
  readonly requestsPerSecond: number
  readonly addresses: readonly string[] | string
}

/** Machines that call Odoo: the populations that say how often. */
function callersOf(main: Settings, tenant: Tenant): Caller[] {
  const populations = fieldsOf(
    fieldsOf(tenant.environments.get(main.environment)).populations ?? tenant.promoted.populations,
  )
  return Object.entries(populations).flatMap(([name, value]) => {
    const { rps, from } = fieldsOf(value)
    if (rps === undefined) return []
    const addresses = (from as readonly string[] | undefined) ?? 'any'
    return [{ name, direction: 'in' as const, requestsPerSecond: Number(rps), addresses }]
  })
}

function integrationPage(
  tenant: string,
  owner: string,
  cards: readonly IntegrationCard[],
  callers: readonly Caller[],
  readers: readonly string[],
): string {
  // A diagram takes no dashes in the names of its nodes.
  const node = (name: string) => name.replaceAll('-', '_')
  const edges = [
    ...cards.map(({ name, host, protocol, critical, carries }) => {
      const arrow = critical ? '==>' : '-->'
      return `  odoo ${arrow}|${quoted(carries ?? protocol)}| ${node(name)}[${quoted(`${name}: ${host}`)}]`
    }),
    ...callers.map(
      ({ name, requestsPerSecond }) => `  ${node(name)}[${quoted(name)}] -->|${requestsPerSecond}/s| odoo`,
    ),
    ...readers.map(name => `  odoo -.->|reads| ${node(name)}[${quoted(name)}]`),
  ]
  const lines = [
    `# ${tenant}: what Odoo depends on, and what depends on it`,
    '',
    'Thick arrows: business stops without it. Outside production none of these addresses is open.',
    '',
    '```mermaid',
    'flowchart LR',
    `  odoo(["Odoo of ${tenant}"])`,
    ...edges,
    '```',
    '',
    table(
      ['system', 'address', 'carries', 'answers for it', 'channel', 'while it is away'],
      cards.map(({ name, host, port, protocol, carries, channel, fallback, owner: own }) => [
        name,
        `${protocol}://${host}:${port}`,
        carries ?? '',
        own ?? owner,
        channel ?? '',
        fallback ?? '**nobody has said**',
      ]),
    ),
  ]
  return `${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', "'")}"`
}

function continuityPage(
  tenant: string,
  processes: readonly BusinessProcess[],
  cards: readonly IntegrationCard[],
): string {
  const lines = processes.flatMap(({ name, owner, indicator, least, most, hours, tolerance, fallback }) => {
    const bounds = [
      ...(least === undefined ? [] : [`at least ${least}`]),
      ...(most === undefined ? [] : [`at most ${most}`]),
      ...(hours === undefined ? [] : [`from ${hours[0]} to ${hours[1]} o'clock UTC`]),
    ]
    return [
      `## ${name}`,
      '',
      `- answers for it: ${owner}`,
      `- can wait: ${tolerance === undefined ? '**nobody has said**' : formatDuration(tolerance)}`,
      `- is judged by: ${indicator === undefined ? 'nothing that is measured' : `${INDICATORS[indicator].title.toLowerCase()}${bounds.length === 0 ? '' : `, ${bounds.join(', ')}`}`}`,
      `- by hand: ${fallback === undefined ? '**no page**' : `[${fallback}](../../runbooks/${tenant}/${fallback}.md)`}`,
      '',
    ]
  })
  const critical = cards.filter(card => card.critical)
  const outside = critical.map(({ name, fallback }) => `- ${name}: ${fallback ?? '**nobody has said what then**'}`)
  return `${[
    `# ${tenant}: how business goes on`,
    '',
    'Exercise: once a quarter each page below is followed for an hour by those who work with it. Whoever leads it writes the day and what was missing into the review.',
    '',
    ...lines,
    ...(outside.length === 0 ? [] : ['## Systems without which business stops', '', ...outside, '']),
  ]
    .join('\n')
    .trimEnd()}\n`
}

/** Modules with what is known of them: from where, in which version, whether the platform rests on them. */
function moduleEntries(tenant: Tenant, main: Settings): object[] {
  const stated = new Map(
    listOf(fieldsOf(tenant.promoted.release).modules).flatMap(module =>
      isFields(module) ? [[String(module.name), String(module.version)] as const] : [],
    ),
  )
  return main.release.modules.map(name => {
    const known: { readonly from: string } | undefined = Object.hasOwn(MODULES, name)
      ? MODULES[name as keyof typeof MODULES]
      : undefined
    const version = stated.get(name)
    return {
      name,
      source: known?.from ?? (version === undefined ? 'Odoo, or the image' : 'own'),
      ...(version === undefined ? {} : { version }),
    }
  })
}

/** What is promised, and the parameters by which it is kept. Durations as people write them. */
function objectiveEntry(settings: Settings): object {
  const { tenant, environment, tier, objectives, database, recovery, replica, place, servers } = settings
  const { backup } = servers ?? settings
  const archive = archivePath({ tenant: servers === undefined ? tenant : SHARED_TENANT, environment }, place.bucket)
  return {
    tenant,
    environment,
    tier,
    dataClass: settings.dataClass,
    promised: {
      afterLosingANode: { loss: formatDuration(objectives.rpo), outage: formatDuration(objectives.rto) },
      afterLosingTheCluster: {
        loss: formatDuration(objectives.disasterRpo),
        outage: formatDuration(objectives.disasterRto),
      },
    },
    keptBy: {
      servers: database.instances,
      commits: database.synchronous === 'none' ? 'wait for nobody' : `wait for a standby (${database.synchronous})`,
      logArchivedEvery: formatDuration(database.archiveTimeout),
      switchover: formatDuration(database.switchoverDelay),
      ...(backup === undefined
        ? { backups: 'none' }
        : {
            backups: {
              schedule: backup.schedule,
              kept: `${backup.retentionDays}d`,
              archive: `${archive}/${archiveName(database.major, database.archive)}`,
              ...(backup.lockDays === undefined ? {} : { locked: `${backup.lockDays}d` }),
              ...(backup.offsite === undefined ? {} : { offsite: `${backup.offsite.region}/${backup.offsite.bucket}` }),
            },
          }),
      restoreTest: recovery?.cadence ?? 'never',
      ...(replica === undefined ? {} : { standsBy: replica.follows ? replica.primary : replica.other.environment }),
    },
  }
}

/** What holds before a wave may begin, and what has to hold at its end, for every migration. */
const CONDITIONS: Readonly<Record<WaveName, { readonly goal: string; readonly exit: readonly string[] }>> = {
  'landing-zone': {
    goal: 'The platform stands, empty: networks, logins, secrets, backups, monitoring.',
    exit: [
      '`waybill lint` finds no error in any environment',
      'people log in through the identity provider; a local administrator is sealed away',
      'every secret of every environment is in the store; nobody has one in a file',
      'a backup of an empty database was restored',
      'alerts reach those whom they name, by day and by night',
      'the old system is measured for 14 days, a month-end among them',
    ],
  },
  'non-production': {
    goal: 'Images, manifests, restores and systems outside are tried where nothing is at stake.',
    exit: [
      'the inventory is complete, all seven lists, and somebody has signed each of them',
      'the release is in the first environments, every module of it installed',
      'a restore was tried from the bucket and from its copy',
      'every system that is called was called in its own test environment',
      'the interfaces that nobody wants any more are switched off',
    ],
  },
  rehearsal: {
    goal: 'The cutover is played with masked data and real load, twice.',
    exit: [
      'masked data is in, and nothing leaves from it',
      'the load of the busiest day and of a month-end was carried, with numbers',
      'the primary was taken away under load, with numbers',
      'the cutover was played in its time, and so was the way back',
      'those who run the processes have worked a day with it, and signed',
    ],
  },
  cutover: {
    goal: 'Business runs here.',
    exit: [
      'every promise of the cutover holds for the whole of hypercare',
      'the old system is read-only, and its retention is settled',
      'what was done by hand is in the spec, and what was learned is in these pages',
    ],
  },
}

function migrationPage(tenant: string, { from, inventory, waves, workstreams, risks, cutover }: Migration): string {
  const source = [
    from.system,
    ...(from.odoo === undefined ? [] : [`Odoo ${from.odoo}`]),
    ...(from.postgres === undefined ? [] : [`PostgreSQL ${from.postgres}`]),
    ...(from.database === undefined ? [] : [`a database of ${from.database}`]),
    ...(from.filestore === undefined ? [] : [`attachments of ${from.filestore}`]),
  ]
  const wavePart = WAVES.flatMap((name, index) => {
    const { owner, exit, signed } = waves[name]
    const before = WAVES[index - 1]
    const done = signed !== undefined
    return [
      `## Wave ${index + 1}: ${name}`,
      '',
      `${CONDITIONS[name].goal} Answers for it: ${owner}. ${done ? `Signed by ${signed.by} on ${signed.on}.` : '**Not signed.**'}`,
      '',
      `Begins when ${before === undefined ? 'the sponsors have named who signs' : `wave ${index} is signed`}. Ends when:`,
      '',
      ...[...CONDITIONS[name].exit, ...exit].map(condition => `- [${done ? 'x' : ' '}] ${condition}`),
      '',
    ]
  })
  const lists = (Object.keys(INVENTORY) as InventoryList[]).flatMap(name => [
    `### ${name}: ${INVENTORY[name]}`,
    '',
    ...(inventory[name].length === 0 ? ['none'] : inventory[name].map(line => `- ${line}`)),
    '',
  ])
  return `${[
    `# ${tenant}: coming to this platform`,
    '',
    `From: ${source.join(', ')}. Cutover: ${cutover.begins}, see [the plan](../../runbooks/${tenant}/cutover.md).`,
    '',
    ...wavePart,
    ...(workstreams.length === 0
      ? []
      : [
          '## Beside them',
          '',
          table(
            ['work', 'answers for it', 'goal'],
            workstreams.map(({ name, owner, goal }) => [name, owner, goal]),
          ),
          '',
        ]),
    ...(risks.length === 0
      ? []
      : [
          '## Risks',
          '',
          table(
            ['what', 'what is done about it'],
            risks.map(({ risk, answer }) => [risk, answer]),
          ),
          '',
        ]),
    '## Inventory',
    '',
    ...lists,
  ]
    .join('\n')
    .trimEnd()}\n`
}
