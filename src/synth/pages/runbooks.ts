import {
  archiveName,
  archivePath,
  databaseNamespace,
  NAMES,
  namespaceName,
  SHARED_TENANT,
} from '../../../charts/names.ts'
import { contactsOf } from '../../spec/contact.ts'
import { formatDuration } from '../../spec/duration.ts'
import { type Migration, migrationOf } from '../../spec/migration.ts'
import { PLATFORM_UNIT, type Platform, type Tenant } from '../../spec/platform.ts'
import { type PlatformSettings, settlePlatform } from '../../spec/platform-settings.ts'
import { RUNBOOKS, SHARED_RUNBOOK } from '../../spec/runbook.ts'
import type { Database, Settings } from '../../spec/settings.ts'
import { unitOf } from '../../spec/unit.ts'
import { unitFolder } from '../layout.ts'
import { isConnected } from './catalog.ts'
import { deliveryCommands } from './delivery-commands.ts'
import { mainOf } from './main-environment.ts'
import { commands, rows, table } from './markdown.ts'
import { contactTable, migrateAgain, promiseRows, runbookValues } from './runbook-values.ts'
import { lodgersOf, type PlatformOf, restoredMake } from './servers-values.ts'
import { fill, type Templates } from './template.ts'

type Pages = Map<string, string>
type Values = Record<string, string>

/**
 * The pages below `runbooks/`: for each tenant what its alerts lead to and what its spec asks for, and for the platform what
 * all of them rest on. Pages speak of production, or of the last environment of a tenant that has none. Pure.
 *
 * @param all settings of every tenant in every environment that it lives in, in the order of the pipeline
 */
export function runbookPages(platform: Platform, all: readonly Settings[], templates: Templates): Pages {
  const pages: Pages = new Map()
  const watched: Settings[] = []
  const platformOf = platformsIn(platform)
  for (const tenant of platform.tenants.filter(({ retired }) => !retired)) {
    const own = all.filter(settings => settings.tenant === tenant.name)
    const main = mainOf(own)
    if (main === undefined) continue
    if (main.observability !== undefined) watched.push(main)
    const contacts = contactsOf(tenant.pages, platform.pages)
    const values: Values = {
      ...runbookValues(main, contacts, platformOf),
      catalogue: isConnected(tenant, main)
        ? `[the catalogue](../../catalog/${tenant.name}/integrations.md)`
        : 'the catalogue, once `integrations` name it',
    }
    const write = (page: string, more: Values = {}, template = page) =>
      pages.set(`${tenant.name}/${page}.md`, fill(templates, `runbooks/${template}.md`, { ...values, ...more }))
    for (const page of pagesOf(main, own)) write(page, {}, templateOf(page, main))
    const copies = bucketValues(main)
    if (copies !== undefined) write('object-storage', copies)
    const rehearsed = own.find(({ rehearsal }) => rehearsal !== undefined)
    if (rehearsed !== undefined) write('rehearsal', rehearsalValues(rehearsed, main, platformOf))
    const migration = migrationOf(tenant.pages, String(values.team))
    if (migration !== undefined) write('cutover', cutoverValues(migration))
  }
  const [first] = watched
  if (first === undefined) return pages
  const contacts = contactsOf(platform.pages)
  const shared: Values = {
    ...runbookValues(first, contacts, platformOf),
    contacts: contactTable(contacts),
    tenants: tenantLines(platform.tenants, watched),
    promises: promiseRows(watched),
    lodgers: lodgerLines(watched),
    ...rebuildValues(first, watched, platformOf),
  }
  for (const page of [SHARED_RUNBOOK, 'incident-command', 'rebuild']) {
    pages.set(`platform/${page}.md`, fill(templates, `runbooks/${page}.md`, shared))
  }
  return pages
}

/** What a page is made from: on shared servers one tenant comes back beside the others, never with them. */
function templateOf(page: string, { servers }: Settings): string {
  return page === 'restore' && servers !== undefined ? 'restore-shared' : page
}

/** What the tenants of each environment share. */
function platformsIn(platform: Platform): PlatformOf {
  const found = new Map(
    platform.environments.map(environment => {
      const { settings } = settlePlatform(unitOf(platform, environment, undefined))
      return [environment.name, settings] as const
    }),
  )
  return name => {
    const settings = found.get(name)
    if (settings === undefined) throw new Error(`there is no environment "${name}"`)
    return settings
  }
}

/** Pages without values of their own. */
function pagesOf(main: Settings, own: readonly Settings[]): string[] {
  const watched = own.some(({ observability }) => observability !== undefined)
  const fallbacks = main.observability?.processes.map(({ fallback }) => fallback) ?? []
  return [
    ...(watched ? RUNBOOKS : []),
    ...new Set(fallbacks.filter(fallback => fallback !== undefined)),
    ...(main.replica === undefined ? [] : ['dr-switch']),
  ]
}

/** What is asked of the buckets, where anything is asked of them that no manifest can do. */
function bucketValues(settings: Settings): Values | undefined {
  const { backup, filestore, place, tenant, environment } = settings
  if (backup === undefined || (backup.lockDays ?? backup.offsite ?? filestore.bucket) === undefined) return undefined
  const { lockDays, offsite } = backup
  const region = place.bucketRegion ?? 'REGION'
  const { bucket } = filestore
  const prefix = archivePath(settings, place.bucket).replace(/^s3:\/\/[^/]+\//, '')
  const kept = Math.max(lockDays ?? 0, backup.retentionDays) + 7
  const lock = JSON.stringify({
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: lockDays } },
  })
  const lifecycle = JSON.stringify({
    Rules: [
      {
        ID: 'noncurrent',
        Status: 'Enabled',
        Filter: {},
        NoncurrentVersionExpiration: { NoncurrentDays: kept },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ],
  })
  const replication = JSON.stringify({
    Role: 'ROLE',
    Rules: [
      {
        ID: 'offsite',
        Status: 'Enabled',
        Priority: 1,
        Filter: {},
        DeleteMarkerReplication: { Status: 'Disabled' },
        Destination: { Bucket: `arn:aws:s3:::${offsite?.bucket ?? ''}` },
      },
    ],
  })
  return {
    region,
    lock: lockDays === undefined ? 'not locked' : `${lockDays} d`,
    archive_prefix: prefix,
    offsite_row:
      offsite === undefined ? '' : rows([[`\`${offsite.bucket}\``, offsite.region, 'the same', 'a copy of it']]),
    documents_row: bucket === undefined ? '' : rows([[`\`${bucket.name}\``, region, 'versioned', 'attachments']]),
    lock_commands:
      lockDays === undefined
        ? ''
        : commands(
            4,
            `aws s3api put-object-lock-configuration --bucket ${place.bucket} --object-lock-configuration '${lock}'`,
          ),
    lifecycle_commands: commands(
      4,
      `aws s3api put-bucket-lifecycle-configuration --bucket ${place.bucket} --lifecycle-configuration '${lifecycle}'`,
    ),
    offsite_commands:
      offsite === undefined
        ? ''
        : commands(
            4,
            `aws s3api create-bucket --bucket ${offsite.bucket} --region ${offsite.region} --create-bucket-configuration LocationConstraint=${offsite.region} --object-lock-enabled-for-bucket`,
            `aws s3api put-bucket-versioning --bucket ${offsite.bucket} --versioning-configuration Status=Enabled`,
            `aws s3api put-bucket-replication --bucket ${place.bucket} --replication-configuration '${replication}'`,
          ),
    offsite_reader: offsite === undefined ? '' : `, and the same in \`${offsite.bucket}\``,
    documents_key:
      bucket === undefined
        ? ''
        : rows([
            [
              `\`${tenant}/${environment}/documents\``,
              `\`s3:GetObject\`, \`s3:PutObject\`, \`s3:DeleteObject\`, \`s3:ListBucket\` in \`${bucket.name}\` alone`,
            ],
          ]),
  }
}

/** What brings an environment back: where the logs of its databases are, and what delivers it. */
function rebuildValues({ environment }: Settings, watched: readonly Settings[], platformOf: PlatformOf): Values {
  const here = watched.filter(settings => settings.environment === environment)
  const archives = [...sharedArchives(platformOf(environment)), ...here.flatMap(ownArchive)]
  const units = [PLATFORM_UNIT, ...here.map(({ tenant }) => tenant)]
  return {
    rebuild_newest: commands(7, ...archives.map(({ path }) => `aws s3 ls --recursive ${path}/wals/ | sort | tail -1`)),
    rebuild_table: table(
      ['servers', 'to state'],
      archives.map(({ whose, key, next }) => [
        whose,
        `\`${key}: {archive: ${next}, restoreTo: "2026-01-31 10:15:00+01:00"}\``,
      ]),
    ),
    rebuild_apply: commands(
      7,
      ...(platformOf(environment).gitops === undefined
        ? units.map(unit => `kubectl apply -k ${unitFolder(environment, unit)}`)
        : [`kubectl apply -f gitops/${environment}.yaml`]),
    ),
  }
}

/** An archive that servers come back from. */
interface Restorable {
  readonly whose: string
  readonly path: string
  /** The key below which the spec says so. */
  readonly key: 'database' | 'shared'
  /** The number of the archive that they write from then on. */
  readonly next: number
}

function ownArchive(settings: Settings): Restorable[] {
  const { tenant, database, place, servers, backup } = settings
  if (servers !== undefined || backup === undefined) return []
  return [restorable(tenant, 'database', database, archivePath(settings, place.bucket))]
}

function sharedArchives(settings: PlatformSettings): Restorable[] {
  const { environment, servers, place } = settings
  if (servers?.backup === undefined) return []
  const path = archivePath({ tenant: SHARED_TENANT, environment }, place.bucket)
  return [restorable(`those of the environment: ${lodgersOf(settings).join(', ')}`, 'shared', servers.database, path)]
}

function restorable(whose: string, key: Restorable['key'], { major, archive }: Database, path: string): Restorable {
  return { whose, path: `${path}/${archiveName(major, archive)}`, key, next: archive + 1 }
}

/** People and what they wrote, in every series; a column that a series has not is passed over. */
const MASK = [
  `do $$ declare c text; begin for c in select column_name from information_schema.columns where table_name = 'res_partner' and column_name in ('email', 'email_normalized', 'phone', 'mobile', 'phone_sanitized', 'street', 'street2', 'vat', 'comment') loop execute format('update res_partner set %I = null', c); end loop; end $$`,
  "update res_partner set name = 'Partner ' || id",
  "update res_users set login = 'user' || id where id > 5",
  'update mail_message set subject = null, body = null, email_from = null',
  'delete from mail_mail',
  'update ir_attachment set index_content = null, db_datas = null',
]

/** The server that a copy of production is taken from, and how it is made. */
interface CopySource {
  readonly namespace: string
  readonly name: string
  readonly make: readonly string[]
}

function copySource(main: Settings): CopySource | undefined {
  if (main.servers?.backup !== undefined) {
    const namespace = databaseNamespace(main)
    return { namespace, name: NAMES.restored, make: restoredMake(namespace) }
  }
  if (main.recovery === undefined) return undefined
  const [namespace, name] = [namespaceName(main, 'restore'), NAMES.restoreTest]
  return {
    namespace,
    name,
    make: [
      `kubectl -n ${namespace} get configmap ${name} -o jsonpath='{.data.restore-test\\.json}' | kubectl apply -f -`,
      `kubectl -n ${namespace} wait cluster ${name} --for=condition=Ready --timeout=4h`,
    ],
  }
}

/** How data of production comes to where releases are tried: from a backup, masked before it leaves its zone. */
function maskedCopy(settings: Settings, main: Settings, platformOf: PlatformOf): string {
  const source = copySource(main)
  if (source === undefined) return 'Nothing is prepared for it: state `recovery` for the tenant.\n'
  const { namespace: restore, name: copy, make } = source
  const from = `kubectl -n ${restore} exec -i ${copy}-1 -c postgres --`
  const data = databaseNamespace(settings)
  const into = `kubectl -n ${data} exec -i "$(kubectl -n ${data} get cluster ${NAMES.database} -o jsonpath='{.status.currentPrimary}')" -c postgres --`
  const { name, owner } = settings.database
  const { tenant, environment } = settings
  const { stop, go } = deliveryCommands(platformOf(environment).gitops, tenant, environment)
  return `A copy from a backup, neutralized and masked before it leaves the server that it came up on. All of it with the sealed account. What modules of your own keep about people is added to the list.

${commands(
  4,
  ...make,
  `kubectl -n ${namespaceName(main, 'app')} exec deploy/${NAMES.web} -c odoo -- odoo neutralize --config=/etc/odoo/odoo.conf --stdout | ${from} psql -d ${main.database.name}`,
  `kubectl cnpg psql ${copy} -n ${restore} -- ${main.database.name}${MASK.map(statement => ` -c ${shellQuoted(statement)}`).join('')}`,
  ...stop,
  `kubectl -n ${namespaceName(settings, 'app')} scale deployment --all --replicas=0`,
  `${from} pg_dump -Fc ${main.database.name} | ${into} pg_restore --clean --if-exists --no-owner --role=${owner} -d ${name}`,
  `kubectl -n ${restore} delete cluster ${copy}`,
  ...migrateAgain(settings),
  ...go,
  `kubectl -n ${namespaceName(settings, 'app')} scale deployment --all --replicas=1`,
)}`
}

/** As one word of a shell; what is quoted here has neither double quotes nor backslashes in it. */
function shellQuoted(text: string): string {
  return `"${text.replaceAll('$', '\\$')}"`
}

function rehearsalValues(settings: Settings, main: Settings, platformOf: PlatformOf): Values {
  const { environment, rehearsal, servers } = settings
  const app = namespaceName(settings, 'app')
  const { load, failover } = rehearsal ?? {}
  const { blockStorage } = main.place
  return {
    storage_class: blockStorage === undefined ? '' : ` --storageClass ${blockStorage}`,
    masked_copy: maskedCopy(settings, main, platformOf),
    rehearsal_environment: environment,
    rehearsal_app: app,
    load_users: String(load?.users ?? 0),
    load_minutes: String(load?.minutes ?? 0),
    load_seconds: String(load?.seconds ?? 0),
    failover:
      failover === undefined
        ? `${servers === undefined ? 'There is one server here' : 'Others work on the servers here'}: a test would be an outage.\n`
        : `${commands(
            4,
            `kubectl -n ${app} create job --from=cronjob/${NAMES.failoverTest} ${NAMES.failoverTest}-1`,
            `kubectl -n ${app} logs -f job/${NAMES.failoverTest}-1`,
          )}\nFails when nobody could write for more than ${formatDuration(failover)}.\n`,
  }
}

function cutoverValues({ from, cutover }: Migration): Values {
  const bullets = (lines: readonly string[]) => lines.map(line => `- ${line}`).join('\n')
  const promises = Object.entries(cutover.promises).map(([name, bound]) => `${name}: ${bound}`)
  return {
    from: [
      from.system,
      from.odoo === undefined ? undefined : `Odoo ${from.odoo}`,
      from.postgres === undefined ? undefined : `PostgreSQL ${from.postgres}`,
    ]
      .filter(part => part !== undefined)
      .join(', '),
    begins: cutover.begins,
    lasts: formatDuration(cutover.lasts),
    freeze: formatDuration(cutover.freeze),
    rollback_by: formatDuration(cutover.rollbackBy),
    // Half of the time that is left for going back, so that there is something to decide on.
    validate_at: formatDuration(Math.floor(cutover.rollbackBy / 2 / 60) * 60),
    rollback_when: bullets(cutover.rollbackWhen),
    sign_off: rows(cutover.signOff.map(role => [role, '', ''])),
    hypercare: `${cutover.hypercareDays} d`,
    promises:
      promises.length === 0
        ? 'Everybody named below looks every morning.'
        : `What has to hold:\n\n${bullets(promises)}`,
  }
}

/** Where the commands for shared servers stand: on the pages of whoever lives there. */
function lodgerLines(watched: readonly Settings[]): string {
  const lodgers = watched.filter(({ servers }) => servers !== undefined)
  if (lodgers.length === 0) return ''
  const lines = lodgers.map(
    ({ tenant, environment }) =>
      `- ${environment}: [failover](../${tenant}/db-failover.md), [volumes](../${tenant}/volume-full.md), [backups](../${tenant}/backup-failing.md), [restore of ${tenant} alone](../${tenant}/restore.md)\n`,
  )
  return `What is to be done stands on their pages:\n\n${lines.join('')}`
}

function tenantLines(tenants: readonly Tenant[], watched: readonly Settings[]): string {
  const known = watched.map(({ tenant }) => tenant)
  return tenants
    .filter(({ name }) => known.includes(name))
    .map(({ name }) => `- [${name}](../${name}/odoo-down.md)`)
    .join('\n')
}
