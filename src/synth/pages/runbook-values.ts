import { databaseNamespace, NAMES, namespaceName, storeOf } from '../../../charts/names.ts'
import { FOR_ODOO } from '../../../charts/postgres.ts'
import type { Contact } from '../../spec/contact.ts'
import { formatDuration } from '../../spec/duration.ts'
import type { BusinessProcess } from '../../spec/processes.ts'
import type { Settings } from '../../spec/settings.ts'
import { unitFolder } from '../layout.ts'
import { deliveryCommands } from './delivery-commands.ts'
import { commands, rows, table } from './markdown.ts'
import { type PlatformOf, serversValues } from './servers-values.ts'

/** What the pages of a tenant are filled in with: the names and numbers that its manifests have. */
export function runbookValues(
  settings: Settings,
  contacts: readonly Contact[],
  platformOf: PlatformOf,
): Record<string, string> {
  const { tenant, environment, platform, hosts, objectives, observability, place } = settings
  return {
    tenant,
    environment,
    platform,
    host: hosts[0] ?? '',
    hosts: hosts.join(', '),
    app: namespaceName(settings, 'app'),
    team: observability?.team ?? settings.owner ?? platform,
    operator: place.postgresNamespace,
    redis_operator: place.redisNamespace,
    ingress: place.ingressNamespace,
    issuer: place.issuer,
    secret_store: place.secretStore,
    rpo: objectives.rpo === 0 ? 'nothing' : formatDuration(objectives.rpo),
    rto: formatDuration(objectives.rto),
    disaster_rpo: formatDuration(objectives.disasterRpo),
    disaster_rto: formatDuration(objectives.disasterRto),
    latency: String(observability?.latency ?? 2),
    contacts: contactTable(contacts),
    processes: processTable(observability?.processes ?? []),
    fallbacks: fallbackLines(observability?.processes ?? []),
    extensions: FOR_ODOO.map(statement => ` -c "${statement.toLowerCase()}"`).join(''),
    ...serversValues(settings, platformOf),
    ...odooValues(settings),
    ...sessionValues(settings),
    ...recoveryValues(settings),
    ...filestoreValues(settings),
    ...switchValues(settings),
    ...deliveryValues(settings, platformOf),
  }
}

/** How delivery is kept from undoing what a person does by hand, and how it goes on. */
function deliveryValues({ tenant, environment, replica }: Settings, platformOf: PlatformOf): Record<string, string> {
  const other = replica?.other.environment ?? environment
  const here = deliveryCommands(platformOf(environment).gitops, tenant, environment)
  const there = deliveryCommands(platformOf(other).gitops, tenant, other)
  return {
    delivery_stop: commands(7, ...here.stop),
    delivery_go: commands(7, ...here.go),
    delivery_stop_outside: commands(4, ...here.stop),
    delivery_go_outside: commands(4, ...here.go),
    other_stop: commands(7, ...there.stop),
    other_go: commands(7, ...there.go),
  }
}

/** Runs the migration of what was promoted once more, on a database that came from elsewhere: no engine does so by itself. */
export function migrateAgain(settings: Settings): readonly string[] {
  const app = namespaceName(settings, 'app')
  const job = `${unitFolder(settings.environment, settings.tenant)}/${app}/job.${NAMES.migrate}-*.yaml`
  return [
    `kubectl delete --ignore-not-found -f ${job}`,
    `kubectl apply -f ${job}`,
    `kubectl wait --for=condition=Complete --timeout=2h -f ${job}`,
  ]
}

function odooValues(settings: Settings): Record<string, string> {
  const { release, web, cron, queue } = settings
  const app = namespaceName(settings, 'app')
  const channels = Object.entries(queue?.channels ?? {}).map(([name, size]) => `${name} ${size}`)
  return {
    migrate_again: commands(4, ...migrateAgain(settings)),
    series: release.odoo,
    web_replicas: String(web.replicas),
    max_replicas: String(web.maxReplicas),
    more_replicas: String(Math.ceil(web.maxReplicas * 1.5)),
    workers: String(web.workers),
    cron_threads: String(cron.threads),
    cron_limit: formatDuration(cron.timeLimit),
    queue:
      queue === undefined
        ? 'none'
        : `${queue.capacity} jobs at a time${channels.length === 0 ? '' : ` (${channels.join(', ')})`}, each for ${formatDuration(queue.timeLimit)} at most`,
    queue_look:
      queue === undefined
        ? ''
        : commands(
            4,
            `kubectl cnpg psql database -n ${databaseNamespace(settings)} -- ${settings.database.name} -c "select channel, state, count(*), min(date_created) from queue_job where state not in ('done', 'cancelled') group by 1, 2 order by 4"`,
          ),
    queue_restart:
      queue === undefined ? '' : commands(7, '', `kubectl -n ${app} delete pods -l waybill.dev/role=queue`, ''),
  }
}

function sessionValues(settings: Settings): Record<string, string> {
  const { sessions, database } = settings
  const data = namespaceName(settings, 'data')
  const app = namespaceName(settings, 'app')
  // A pod at a time: whoever may change a Deployment could start anything in it, so nobody is given that for a restart.
  const again = commands(
    7,
    `for pod in $(kubectl -n ${app} get pods -l waybill.dev/role=web -o name); do kubectl -n ${app} delete $pod; kubectl -n ${app} rollout status deployment ${NAMES.web} --timeout=10m; done`,
    `kubectl -n ${app} delete pods -l waybill.dev/role=websocket`,
  )
  const texts: Record<Settings['sessions'], [string, string, string]> = {
    redis: [
      `a session store of its own (\`${NAMES.redis}\` in \`${data}\`)`,
      commands(
        4,
        `kubectl -n ${data} get pods -l app=${NAMES.redis}`,
        `kubectl -n ${data} logs ${NAMES.redis}-0 --tail=20`,
      ),
      `1. **A server is away**: it comes back with what it had. Sentinels name another one within half a minute; no sentinel, no name: \`kubectl -n ${data} get pods -l app=${NAMES.sentinel}\`\n2. **Full**: people are logged out. More memory is a change of the tier or of the store; until then fewer bots.\n3. **Wrong password after a rotation**: restart those who ask.\n\n${again}`,
    ],
    database: [
      `the database (module session_db, table \`http_sessions\`)`,
      commands(
        4,
        `kubectl cnpg psql database -n ${databaseNamespace(settings)} -- ${database.name} -c "select count(*), pg_size_pretty(pg_total_relation_size('http_sessions')) from http_sessions"`,
      ),
      `1. **The database does not answer**: [db-failover](db-failover.md).\n2. **The table has grown to gigabytes**: old sessions are not taken away. \`delete from http_sessions where write_date < now() - interval '8 days'\`, then vacuum.\n3. **Pods cannot connect**: restart them.\n\n${again}`,
    ],
    filestore: [
      `the volume of the attachments`,
      `In production nobody enters a pod of Odoo but with the sealed account.\n\n${commands(4, `kubectl -n ${app} exec deploy/${NAMES.web} -c odoo -- df -h /var/lib/odoo`)}`,
      `1. **The volume is full**: [volume-full](volume-full.md).\n2. **The volume does not answer** (pods hang): its server; then restart the pods.\n\n${again}`,
    ],
  }
  const [kept, look, act] = texts[sessions]
  return { sessions: kept, sessions_look: look, sessions_do: act }
}

function recoveryValues(settings: Settings): Record<string, string> {
  const { recovery, database, servers } = settings
  const restore = namespaceName(settings, 'restore')
  if (recovery === undefined) {
    const asked =
      servers === undefined
        ? 'state `recovery` for the tenant.'
        : 'the servers are shared. Do by hand what [restore](restore.md) says under "A server beside them", and measure it.'
    return {
      restore_job: `No restore is tried here by itself: ${asked}\n`,
      restore_beside: 'Nothing is prepared for it here: state `recovery` for the tenant.\n',
      restore_test_note: '',
    }
  }
  return {
    restore_job: commands(
      4,
      `kubectl -n ${restore} create job --from=cronjob/${NAMES.restoreTest} ${NAMES.restoreTest}-now`,
      `kubectl -n ${restore} logs -f job/${NAMES.restoreTest}-now`,
    ),
    restore_beside: commands(
      4,
      `kubectl -n ${restore} get configmap ${NAMES.restoreTest} -o jsonpath='{.data.restore-test\\.json}' | kubectl apply -f -`,
      `kubectl cnpg psql ${NAMES.restoreTest} -n ${restore} -- ${database.name}`,
      `kubectl -n ${restore} delete cluster ${NAMES.restoreTest}`,
    ),
    restore_test_note: ` Tried every ${recovery.cadence === 'weekly' ? 'week' : 'month'}: the last log says how long it took.`,
  }
}

function filestoreValues({ filestore, place }: Settings): Record<string, string> {
  const { size, bucket } = filestore
  const volume = size === undefined ? undefined : `volume \`${NAMES.filestore}\`, ${size / 1024} GiB`
  const held = [volume, bucket === undefined ? undefined : `bucket \`${bucket.name}\``].filter(
    each => each !== undefined,
  )
  return {
    filestore: held.join(' and '),
    filestore_restore:
      bucket === undefined
        ? `They are on the ${volume ?? 'volume'}: the database may be older than they are, never newer. Volume snapshots of \`${NAMES.filestore}\` are the only copy; a site that stands by needs one of its own.`
        : `They are in the bucket \`${bucket.name}\`${place.bucketRegion === undefined ? '' : ` (${place.bucketRegion})`}: versioned, so nothing is to be restored. What the database names and the bucket has not was written after the moment.`,
  }
}

function switchValues(settings: Settings): Record<string, string> {
  const { replica, tenant, environment, database } = settings
  const other = replica?.other.environment ?? ''
  return {
    or_switch: replica === undefined ? '' : ', or [switch](dr-switch.md)',
    primary: replica?.primary ?? environment,
    other,
    // The one that was not there from the beginning: it keeps the key, whoever leads.
    standby_environment: environment === database.environment ? other : environment,
    other_app: replica === undefined ? '' : namespaceName({ tenant, environment: other }, 'app'),
    other_data: replica === undefined ? '' : namespaceName({ tenant, environment: other }, 'data'),
    other_store: replica === undefined ? '' : storeOf(other),
  }
}

/** Who is reached; a page without anybody says so instead of looking complete. */
export function contactTable(contacts: readonly Contact[]): string {
  if (contacts.length === 0) return '**Nobody is named.** State `contacts` for the tenant or for the platform.'
  return table(
    ['role', 'name', 'phone', 'mail', 'when'],
    contacts.map(({ role, name, phone, mail, hours }) => [role, name, phone ?? '', mail ?? '', hours ?? 'at any time']),
  )
}

function processTable(processes: readonly BusinessProcess[]): string {
  if (processes.length === 0) return 'No processes are declared: state `processes` for the tenant.'
  return table(
    ['process', 'answers for it', 'can wait', 'by hand'],
    processes.map(({ name, owner, tolerance, fallback }) => [
      name,
      owner,
      tolerance === undefined ? '' : formatDuration(tolerance),
      fallback === undefined ? '' : `[${fallback}](${fallback}.md)`,
    ]),
  )
}

function fallbackLines(processes: readonly BusinessProcess[]): string {
  const pages = new Map(processes.flatMap(({ name, fallback }) => (fallback === undefined ? [] : [[fallback, name]])))
  if (pages.size === 0) return 'Tell people when there is news: [communications](communications.md).'
  const lines = [...pages.keys()].map(page => `- [${page}](${page}.md)`)
  return `${lines.join('\n')}\n- [communications](communications.md)`
}

/** Rows of the table of promises, one for each tenant. */
export function promiseRows(all: readonly Settings[]): string {
  return rows(
    all.map(({ tenant, tier, objectives, observability }) => [
      `${tenant} (${tier})`,
      `${observability?.availability === undefined ? '' : `${observability.availability} %, `}back within ${formatDuration(objectives.rto)}, after a disaster ${formatDuration(objectives.disasterRto)}`,
      `[${tenant}](../${tenant}/)`,
    ]),
  )
}
