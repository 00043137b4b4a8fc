/**
 * Facts about Odoo that sizing and process layout rest on. Read July to September 2026.
 *
 * Sources: odoo/documentation `deploy.rst` (workers, memory), odoo/odoo `server.py` (limits are virtual memory, the
 * websocket child is always one), odoo/docker (ports, user 100:101 since 18.0 by odoo/odoo#183106).
 */
export const ODOO = {
  /** People that one worker serves: deploy.rst, "1 worker ≈ 6 concurrent users". */
  usersPerWorker: 6,
  /** deploy.rst: workers = 2 × cores + 1. */
  workersPerCore: 2,
  /** MiB a worker takes: deploy.rst, 0.8 × 150 MB light + 0.2 × 1024 MB heavy. */
  workerMemory: 325,
  /** MiB of the master process, the code and the caches that are shared. Estimate from production samples. */
  baseMemory: 400,
  /** MiB of virtual memory at which a worker is recycled after, and killed during, a request. */
  memorySoft: 1024,
  memoryHard: 1280,
  /** Resident share of virtual memory that a worker reaches at its soft limit. One production sample. */
  residentShare: 0.75,
  /** Seconds of processor time, and of real time, that one request may take. */
  timeCpu: 120,
  timeReal: 240,
  /** Millicores that a websocket process, and one thread of scheduled actions, ask for. Estimates. */
  websocketCpu: 250,
  cronCpu: 250,
  /** Of a migration, which loads every module in one process. Estimates; millicores and MiB. */
  migrationCpu: 1000,
  migrationMemory: 2048,
  httpPort: 8069,
  websocketPort: 8072,
  /** Where the image keeps its own data, and where it expects the modules of whoever builds on it (odoo/docker). */
  dataDir: '/var/lib/odoo',
  addonsPath: '/mnt/extra-addons',
  /** The image runs as this user and group. Series that are not listed were not verified. */
  user: { '16.0': [101, 101], '17.0': [101, 101], '18.0': [100, 101], '19.0': [100, 101] },
  /** Modules that every process loads. In 19.0 XML-RPC and JSON-RPC moved into a module of their own (config.py). */
  serverWide: {
    '16.0': ['base', 'web'],
    '17.0': ['base', 'web'],
    '18.0': ['base', 'web'],
    '19.0': ['base', 'rpc', 'web'],
  },
  /** What keeps demonstration data out of a new database; from 19.0 on it stays out by itself (config.py). */
  withoutDemo: {
    '16.0': ['--without-demo=all'],
    '17.0': ['--without-demo=all'],
    '18.0': ['--without-demo=all'],
    '19.0': [],
  },
  /** Series with an API that takes its key from a header: /json/2 (odoo/documentation, external_api.rst). */
  keyedApi: ['19.0'],
  /** Connections of one worker: from 18.0 on a second, read-only pool exists even without a replica. */
  connectionsPerWorker: { '16.0': 1, '17.0': 1, '18.0': 2, '19.0': 2 },
  /** Connections of one websocket process: its gevent pool and the LISTEN that it never gives back. */
  connectionsPerWebsocket: 33,
} as const

export type OdooSeries = keyof typeof ODOO.user
