/**
 * What the programs on the way to a database do when nobody tells them otherwise. Read September 2026.
 *
 * Sources: odoo/odoo `config.py` and `sql_db.py` (series 16.0 to 19.0); pgbouncer.org/config.html (1.24); PostgreSQL 17
 * documentation, "Connections and Authentication". Since PostgreSQL 12 replication does not count as connections.
 */
export const ODOO_DEFAULTS = {
  workers: 0,
  maxCronThreads: 2,
  /** Connections that one process keeps at most, to all databases together. */
  dbMaxconn: 64,
  geventPort: 8072,
} as const

export const PGBOUNCER_DEFAULTS = {
  /** Server connections for each pair of user and database. */
  defaultPoolSize: 20,
  reservePoolSize: 0,
  /** Of one pooler; zero is no bound. */
  maxDbConnections: 0,
  /** Client connections of one pooler. */
  maxClientConn: 100,
} as const

export const POSTGRES_DEFAULTS = {
  maxConnections: 100,
  superuserReserved: 3,
} as const

/** Connections of the operator, of the metrics exporter, of backups and of people, beyond what PostgreSQL reserves. An estimate. */
export const OPERATIONS_CONNECTIONS = 10
