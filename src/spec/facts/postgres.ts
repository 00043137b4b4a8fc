/**
 * Facts about PostgreSQL and CloudNativePG 1.30 that sizing rests on. Read July to September 2026.
 *
 * Sources: cloudnative-pg documentation (memory, replication, storage), PostgreSQL documentation on resource consumption.
 */
export const POSTGRES = {
  port: 5432,
  /** Share of memory given to shared buffers: PostgreSQL documentation, "25 % of the memory". */
  sharedBuffersShare: 0.25,
  /** Share of memory that the planner may assume to be cached. */
  cacheShare: 0.7,
  /** Concurrent users that one core carries, 25 to 40 by experience. An estimate: measure, then state `database.cpu`. */
  usersPerCore: 40,
  /** MiB of memory a core. */
  memoryPerCore: 4096,
  /** Connections kept for superusers, replication, metrics and people. */
  reservedConnections: 20,
  /** PostgreSQL starts no smaller than this here, so that a person always gets in. */
  leastConnections: 100,
  /** Seconds after which an unfinished segment is archived: the default of CloudNativePG. */
  archiveTimeout: 300,
  /** Expected connections above which a pooler earns its keep. */
  poolerFrom: 150,
} as const
