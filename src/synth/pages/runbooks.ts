import { archiveName, archivePath, databaseNamespace, NAMES, namespaceName } from '../../../charts/names.ts'
import { contactsOf } from '../../spec/contact.ts'
import { formatDuration } from '../../spec/duration.ts'
import { type Migration, migrationOf } from '../../spec/migration.ts'
import { PLATFORM_UNIT, type Platform, type Tenant } from '../../spec/platform.ts'
import { settlePlatform } from '../../spec/platform-settings.ts'
import { RUNBOOKS, SHARED_RUNBOOK } from '../../spec/runbook.ts'
import type { Settings } from '../../spec/settings.ts'
import { unitOf } from '../../spec/unit.ts'
import { unitFolder } from '../layout.ts'
import { commands, rows, table } from './markdown.ts'
import {
  contactTable,
  type DeliveryOf,
  deliveryCommands,
  migrateAgain,
  promiseRows,
  runbookValues,
} from './runbook-values.ts'
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
  const delivery = deliveryIn(platform)
  for (const tenant of platform.tenants.filter(({ retired }) => !retired)) {
    const own = all.filter(settings => settings.tenant === tenant.name)
    const main = mainOf(own)
    if (main === undefined) continue
    if (main.observability !== undefined) watched.push(main)
    const contacts = contactsOf(tenant.pages, platform.pages)
    const values = runbookValues(main, contacts, delivery)
    const write = (page: string, more: Values = {}) =>
      pages.set(`${tenant.name}/${page}.md`, fill(templates, `runbooks/${page}.md`, { ...values, ...more }))
    for (const page of pagesOf(main, own)) write(page)
    const copies = bucketValues(main)
    if (copies !== undefined) write('object-storage', copies)
    const rehearsed = own.find(({ rehearsal }) => rehearsal !== undefined)
    if (rehearsed !== undefined) write('rehearsal', rehearsalValues(rehearsed, main, delivery))
    const migration = migrationOf(tenant.pages, String(values.team))
    if (migration !== undefined) write('cutover', cutoverValues(migration))
  }
  const [first] = watched
  if (first === undefined) return pages
  const contacts = contactsOf(platform.pages)
  const shared: Values = {
    ...runbookValues(first, contacts, delivery),
    contacts: contactTable(contacts),
    tenants: tenantLines(platform.tenants, watched),
    promises: promiseRows(watched),
    ...rebuildValues(first, watched, delivery),
  }
  for (const page of [SHARED_RUNBOOK, 'incident-command', 'rebuild']) {
    pages.set(`platform/${page}.md`, fill(templates, `runbooks/${page}.md`, shared))
  }
  return pages
}

/** What delivers each environment of a platform. */
function deliveryIn(platform: Platform): DeliveryOf {
  const found = new Map(
    platform.environments.map(environment => {
      const { settings } = settlePlatform(unitOf(platform, environment, undefined))
      return [environment.name, settings.gitops] as const
    }),
  )
  return environment => found.get(environment)
}

/** The environment of which a tenant's pages speak: where business runs, else the last one. */
export function mainOf(own: readonly Settings[]): Settings | undefined {
  return own.find(({ production, replica }) => production && replica?.follows !== true) ?? own.at(-1)
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
function rebuildValues({ environment }: Settings, watched: readonly Settings[], delivery: DeliveryOf): Values {
  const here = watched.filter(settings => settings.environment === environment)
  const owners = here.filter(({ servers, backup }) => servers === undefined && backup !== undefined)
  const units = [PLATFORM_UNIT, ...here.map(({ tenant }) => tenant)]
  return {
    rebuild_newest: commands(
      7,
      ...owners.map(settings => {
        const { database, place } = settings
        const archive = `${archivePath(settings, place.bucket)}/${archiveName(database.major, database.archive)}`
        return `aws s3 ls --recursive ${archive}/wals/ | sort | tail -1`
      }),
    ),
    rebuild_table: table(
      ['tenant', 'to state'],
      owners.map(({ tenant, database }) => [
        tenant,
        `\`database: {archive: ${database.archive + 1}, restoreTo: "2026-01-31 10:15:00+01:00"}\``,
      ]),
    ),
    rebuild_apply: commands(
      7,
      ...(delivery(environment) === undefined
        ? units.map(unit => `kubectl apply -k ${unitFolder(environment, unit)}`)
        : [`kubectl apply -f gitops/${environment}.yaml`]),
    ),
  }
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

/** How data of production comes to where releases are tried: from a backup, masked before it leaves its zone. */
function maskedCopy(settings: Settings, main: Settings, delivery: DeliveryOf): string {
  if (main.recovery === undefined) return 'Nothing is prepared for it: state `recovery` for the tenant.\n'
  const restore = namespaceName(main, 'restore')
  const copy = NAMES.restoreTest
  const from = `kubectl -n ${restore} exec -i ${copy}-1 -c postgres --`
  const data = databaseNamespace(settings)
  const into = `kubectl -n ${data} exec -i "$(kubectl -n ${data} get cluster ${NAMES.database} -o jsonpath='{.status.currentPrimary}')" -c postgres --`
  const { name, owner } = settings.database
  const { tenant, environment } = settings
  const { stop, go } = deliveryCommands(delivery(environment), tenant, environment)
  return `A copy from the newest backup, neutralized and masked before it leaves the zone of restores. What modules of your own keep about people is added to the list.

${commands(
  4,
  `kubectl -n ${restore} get configmap ${copy} -o jsonpath='{.data.restore-test\\.json}' | kubectl apply -f -`,
  `kubectl -n ${restore} wait cluster ${copy} --for=condition=Ready --timeout=4h`,
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

function rehearsalValues(settings: Settings, main: Settings, delivery: DeliveryOf): Values {
  const { environment, rehearsal } = settings
  const app = namespaceName(settings, 'app')
  const { load, failover } = rehearsal ?? {}
  const { blockStorage } = main.place
  return {
    storage_class: blockStorage === undefined ? '' : ` --storageClass ${blockStorage}`,
    masked_copy: maskedCopy(settings, main, delivery),
    rehearsal_environment: environment,
    rehearsal_app: app,
    load_users: String(load?.users ?? 0),
    load_minutes: String(load?.minutes ?? 0),
    load_seconds: String(load?.seconds ?? 0),
    failover:
      failover === undefined
        ? 'There is one server here: a test would be an outage.\n'
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

function tenantLines(tenants: readonly Tenant[], watched: readonly Settings[]): string {
  const known = watched.map(({ tenant }) => tenant)
  return tenants
    .filter(({ name }) => known.includes(name))
    .map(({ name }) => `- [${name}](../${name}/odoo-down.md)`)
    .join('\n')
}
