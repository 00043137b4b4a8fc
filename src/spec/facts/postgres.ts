/**
 * Facts about PostgreSQL and CloudNativePG 1.30 that sizing rests on. Read July to September 2026.
 *
 * Sources: cloudnative-pg documentation (memory, replication, storage), PostgreSQL documentation on resource consumption;
 * for the images cloudnative-pg/artifacts, `image-catalogs/catalog-standard-trixie.yaml` of 31 August 2026.
 */
export const POSTGRES = {
  port: 5432,
  /** What the operator installs where nobody says otherwise is newer than what most modules were tried on. */
  defaultMajor: 17,
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
  /** Server connections that a pooler keeps for the moment after its pool is full. */
  poolReserve: 5,
  /** By major version. The operator reads the version from the tag, the cluster pulls the digest. */
  images: {
    14: 'ghcr.io/cloudnative-pg/postgresql:14.24-202608310817-standard-trixie@sha256:19fdf3596c337c9ae3725dbcec345e85f64e3097b1e0e375575bc6d53c3e4497',
    15: 'ghcr.io/cloudnative-pg/postgresql:15.19-202608310817-standard-trixie@sha256:10c19625c4f43cd4f1cb04caf072a942853e10e510d96e9be656b3a7f0ad968a',
    16: 'ghcr.io/cloudnative-pg/postgresql:16.15-202608310817-standard-trixie@sha256:6fedafdbf8b5b241e94c0307783a4875525141b98c4cbb8ec8a0b4134e9545d6',
    17: 'ghcr.io/cloudnative-pg/postgresql:17.11-202608310816-standard-trixie@sha256:0eea5ac8c5e3043db94f4d512ffcfb9c06d6270a97f6d56e9f08e1571ef0484e',
    18: 'ghcr.io/cloudnative-pg/postgresql:18.6-202608310817-standard-trixie@sha256:c2a773217853c6e0ffe7da9c37ea456466efb20cf844f27511a73fa6a81e3152',
  },
} as const

export type PostgresMajor = keyof typeof POSTGRES.images
