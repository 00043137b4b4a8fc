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
  httpPort: 8069,
  websocketPort: 8072,
  /** The image runs as this user and group. Series that are not listed were not verified. */
  user: { '16.0': [101, 101], '17.0': [101, 101], '18.0': [100, 101], '19.0': [100, 101] },
  /** Connections of one worker: from 18.0 on a second, read-only pool exists even without a replica. */
  connectionsPerWorker: { '16.0': 1, '17.0': 1, '18.0': 2, '19.0': 2 },
  /** Connections of one websocket process: its gevent pool and the LISTEN that it never gives back. */
  connectionsPerWebsocket: 33,
} as const

export type OdooSeries = keyof typeof ODOO.user
