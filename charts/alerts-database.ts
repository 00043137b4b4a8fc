import type { Recovery } from '../src/spec/recovery.ts'
import type { Settings } from '../src/spec/settings.ts'
import type { Alert } from './alert.ts'
import { NAMES, namespaceName } from './names.ts'
import { trialsOf } from './restore-test.ts'

/** Share of a volume that has to stay free. */
const LEAST_FREE = 0.15

/**
 * What goes wrong with the servers of PostgreSQL, their backups and their volumes. The metrics are those of CloudNativePG
 * 1.30 with its default queries, of plugin-barman-cloud 0.14, and of the kubelet.
 */
export function databaseAlerts(settings: Settings): Alert[] {
  const { database, pooler, backup, objectives } = settings
  const zone = `namespace="${namespaceName(settings, 'data')}"`
  // Other servers stand in the same namespace: one for readers, the poolers.
  const here = `${zone},pod=~"${NAMES.database}-[0-9]+"`
  const standbys = database.instances - 1
  return [
    {
      name: 'DatabaseDown',
      expr: `sum(cnpg_collector_up{${here}}) < 1 or absent(cnpg_collector_up{${here}})`,
      for: '1m',
      severity: 'critical',
      summary: 'no server of PostgreSQL answers',
      runbook: 'db-failover',
    },
    ...(standbys > 0 ? replicationAlerts(here, standbys, settings) : []),
    {
      name: 'DatabaseFenced',
      expr: `max(cnpg_collector_fencing_on{${here}}) == 1`,
      for: '10m',
      severity: 'warning',
      summary: 'a server of PostgreSQL is fenced off and takes part in nothing',
      runbook: 'db-failover',
      from: 'silver',
    },
    {
      name: 'DatabaseConnectionsShort',
      expr: `max(sum by (pod) (cnpg_backends_total{${here}}) / on (pod) max by (pod) (cnpg_pg_settings_setting{${here},name="max_connections"})) > 0.8`,
      for: '10m',
      severity: 'warning',
      summary: `more than 80 % of ${database.maxConnections} connections are taken`,
      runbook: 'database-pressure',
    },
    {
      name: 'DatabaseTransactionLong',
      expr: `max(cnpg_backends_max_tx_duration_seconds{${here}}) > 1800`,
      for: '5m',
      severity: 'warning',
      summary: 'a transaction is open for more than half an hour and holds back vacuum',
      runbook: 'database-pressure',
      from: 'silver',
    },
    {
      name: 'DatabaseDeadlocks',
      expr: `sum(increase(cnpg_pg_stat_database_deadlocks{${here}}[15m])) > 10`,
      for: '5m',
      severity: 'warning',
      summary: 'transactions keep locking each other out',
      runbook: 'database-pressure',
      from: 'gold',
    },
    {
      name: 'DatabaseTransactionIdsShort',
      expr: `max(cnpg_pg_database_xid_age{${here}}) > 300000000`,
      for: '1h',
      severity: 'warning',
      summary: 'vacuum does not keep up with the transaction ids',
      runbook: 'database-pressure',
      from: 'silver',
    },
    ...(pooler === undefined
      ? []
      : [
          {
            name: 'PoolerQueues',
            expr: `max(cnpg_pgbouncer_pools_maxwait{${zone}}) > 1`,
            for: '5m',
            severity: 'warning',
            summary: 'requests wait for a connection of the pooler',
            runbook: 'database-pressure',
          } satisfies Alert,
        ]),
    {
      name: 'VolumeFull',
      expr: `min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{${zone}} / kubelet_volume_stats_capacity_bytes{${zone}}) < ${LEAST_FREE}`,
      for: '10m',
      severity: 'critical',
      summary: 'the volume {{ $labels.persistentvolumeclaim }} has less than 15 % left',
      runbook: 'volume-full',
    },
    {
      name: 'VolumeFillsUp',
      expr: `min by (persistentvolumeclaim) (predict_linear(kubelet_volume_stats_available_bytes{${zone}}[1d], 14 * 86400)) < 0`,
      for: '6h',
      severity: 'warning',
      summary: 'the volume {{ $labels.persistentvolumeclaim }} is full in two weeks if it goes on like this',
      runbook: 'volume-full',
      from: 'silver',
    },
    ...(settings.recovery === undefined ? [] : restoreAlerts(settings, settings.recovery)),
    ...(settings.replica === undefined ? [] : followAlerts(here, settings.replica.follows)),
    ...(backup === undefined || settings.replica?.follows === true
      ? []
      : backupAlerts(here, backup, database.archiveTimeout, objectives.disasterRpo)),
  ]
}

function replicationAlerts(here: string, standbys: number, { database, objectives }: Settings): Alert[] {
  const strict = database.synchronous === 'required'
  return [
    {
      name: 'DatabaseStandbyMissing',
      expr: `sum(cnpg_collector_up{${here}}) < ${standbys + 1}`,
      for: '10m',
      // With required synchronous replication the next loss stops every write.
      severity: strict ? 'critical' : 'warning',
      summary: `fewer than ${standbys + 1} servers of PostgreSQL answer`,
      runbook: 'db-failover',
    },
    {
      name: 'DatabaseReplicationLag',
      expr: `max(cnpg_pg_replication_lag{${here}}) > ${Math.max(60, Math.min(300, objectives.rpo === 0 ? 60 : objectives.rpo))}`,
      for: '5m',
      severity: 'warning',
      summary: 'a standby is behind: a failover to it would lose data or take longer',
      runbook: 'db-failover',
    },
    {
      name: 'DatabaseOnOneNode',
      expr: `max(cnpg_collector_nodes_used{${here}}) == 1`,
      for: '30m',
      severity: 'warning',
      summary: 'all servers of PostgreSQL run on one node',
      runbook: 'db-failover',
    },
  ]
}

function backupAlerts(
  here: string,
  backup: NonNullable<Settings['backup']>,
  archiveTimeout: number,
  disasterRpo: number,
): Alert[] {
  const plugin = (metric: string) => `barman_cloud_cloudnative_pg_io_${metric}{${here}}`
  const longest = gapOf(backup.schedule)
  return [
    {
      name: 'BackupStale',
      expr: `time() - max(${plugin('last_available_backup_timestamp')}) > ${longest * 1.5} or absent(${plugin('last_available_backup_timestamp')})`,
      for: '30m',
      severity: 'critical',
      summary: `the newest backup in ${NAMES.objectStore} is older than it may be`,
      runbook: 'backup-failing',
    },
    {
      name: 'WalArchivingFails',
      expr: `max(cnpg_pg_stat_archiver_last_failed_time{${here}} - cnpg_pg_stat_archiver_last_archived_time{${here}}) > 1`,
      for: '5m',
      severity: 'critical',
      summary: 'the write-ahead log does not reach the object store, and fills the volume',
      runbook: 'backup-failing',
    },
    {
      name: 'WalArchivingLags',
      expr: `min(cnpg_pg_stat_archiver_seconds_since_last_archival{${here}}) > ${Math.max(600, disasterRpo + 2 * archiveTimeout)}`,
      for: '10m',
      severity: 'warning',
      summary: 'nothing was archived for longer than the recovery objective allows',
      runbook: 'backup-failing',
      from: 'silver',
    },
    {
      name: 'NothingRecoverable',
      expr: `max(${plugin('first_recoverability_point')}) == 0`,
      for: '1h',
      severity: 'critical',
      summary: 'there is no point in time that a restore could reach',
      runbook: 'backup-failing',
    },
  ]
}

/** Two sides that both take writes, or none of which does, is what a switch must never end in. */
function followAlerts(here: string, follows: boolean): Alert[] {
  return [
    {
      name: 'WrongSideLeads',
      expr: `max(cnpg_collector_replica_mode{${here}}) != ${follows ? 1 : 0}`,
      for: '15m',
      severity: 'critical',
      summary: follows
        ? 'the servers take writes, and they are said to follow'
        : 'the servers follow, and are said to lead',
      runbook: 'dr-switch',
    },
  ]
}

/** A test that was never run counts from the day on which it was set up. */
function restoreAlerts(settings: Settings, recovery: Recovery): Alert[] {
  const here = `namespace="${namespaceName(settings, 'restore')}"`
  return trialsOf(settings, recovery).map(({ name, schedule }) => {
    const of = (metric: string) => `kube_cronjob_${metric}{${here},cronjob="${name}"}`
    const longest = schedule.endsWith('0') ? 7 * DAY : 31 * DAY
    return {
      name: name === NAMES.restoreTest ? 'RestoreTestStale' : 'OffsiteRestoreTestStale',
      expr: `time() - max(${of('status_last_successful_time')} or ${of('created')}) > ${longest + 2 * DAY}`,
      for: '1h',
      severity: 'warning',
      summary: `no backup was restored for more than ${longest / DAY} days (${name})`,
      runbook: 'restore',
    }
  })
}

const DAY = 86_400

/** Seconds between two backups of a schedule of six fields, at most: a month, a week or a day. */
function gapOf(schedule: string): number {
  const [, , , dayOfMonth, month, dayOfWeek] = schedule.split(' ')
  if (dayOfMonth !== '*' || month !== '*') return 31 * DAY
  return dayOfWeek === '*' ? DAY : 7 * DAY
}
