import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { ODOO, type OdooSeries } from '../spec/facts/odoo.ts'
import { byNamespace } from './by-namespace.ts'
import { type OdooProcess, odooProcessesIn } from './odoo-process.ts'
import type { PodSet } from './pod-set.ts'

/** The Odoo series that a set runs, where somebody knows better than the manifests say. */
export type SeriesOf = (set: PodSet) => OdooSeries | undefined

/** What one container of a pod opens at worst. */
export interface OdooConnections {
  readonly at: FieldPath
  readonly host: string | undefined
  readonly database: string | undefined
  readonly number: number
  /** `4 workers × 2 + job runner 2`. */
  readonly formula: string
}

/** The connections of one pod of each set that runs Odoo. */
export function odooConnectionsIn(index: Index, seriesOf: SeriesOf): (set: PodSet) => readonly OdooConnections[] {
  const processesOf = odooProcessesIn(index)
  const shows = exposedPorts(index)
  return set =>
    processesOf(set).map(process => {
      const series = seriesOf(set) ?? seriesIn(set)
      const perWorker = series === undefined ? MOST_PER_WORKER : ODOO.connectionsPerWorker[series]
      const parts = connectionParts(process, perWorker, shows(set, process.geventPort))
      const { at, host, database } = process
      const number = parts.reduce((total, [part]) => total + part, 0)
      return { at, host, database, number, formula: parts.map(([, words]) => words).join(' + ') }
    })
}

/** Where nobody knows the series, the one with the most connections is assumed. */
const MOST_PER_WORKER = Math.max(...Object.values(ODOO.connectionsPerWorker))

/**
 * Connections of one pod, part by part. A worker handles one request at a time, on one connection or, from 18.0 on, two. The live
 * connections share a pool in their own process, beside the LISTEN that never ends. A thread of scheduled actions listens as well.
 */
function connectionParts(
  process: OdooProcess,
  perWorker: number,
  showsLive: boolean,
): readonly (readonly [number, string])[] {
  const { mode, workers, cronThreads, http, pool, geventPool } = process
  const session = process.sessionsInDatabase ? 1 : 0
  const plusSession = session === 0 ? '' : ' + 1 for sessions'
  const live = [geventPool + 1 + session, `live connections: pool ${geventPool} + 1${plusSession}`] as const
  const jobs = process.runsJobs ? [[2, 'job runner 2'] as const] : []
  const perThread = Math.min(pool * perWorker, perWorker + 1) + session
  const cron = cronThreads === 0 ? [] : [[cronThreads * perThread, `${cronThreads} cron × ${perThread}`] as const]
  if (mode === 'gevent') return [live]
  if (mode === 'prefork') {
    const each = Math.min(pool * perWorker, perWorker) + session
    return [
      ...(workers === 0 ? [] : [[workers * each, `${workers} workers × ${each}`] as const]),
      ...cron,
      ...(http && showsLive ? [live] : []),
      ...jobs,
    ]
  }
  if (!http) return cronThreads === 0 ? [[perWorker + 1, `one task ${perWorker + 1}`]] : cron
  return [
    [pool * perWorker + session, `threads: pool ${pool}${perWorker > 1 ? ` × ${perWorker}` : ''}${plusSession}`],
    ...jobs,
  ]
}

/** The series that a label or the tag of an image names. */
function seriesIn({ pod, labels }: PodSet): OdooSeries | undefined {
  const [{ 'app.kubernetes.io/version': version }] = labels
  const tags = listOf(pod.containers).map(
    each => /(?:^|\/)odoo:(\d+\.\d)/.exec(textOf(fieldsOf(each).image) ?? '')?.[1],
  )
  return [version, ...tags].find(
    (name): name is OdooSeries => name !== undefined && Object.hasOwn(ODOO.connectionsPerWorker, name),
  )
}

/** Whether a Service leads to a port of a set, so that the process behind it is ever asked. */
function exposedPorts(index: Index): (set: PodSet, port: number) => boolean {
  const services = index.ofKind('Service', '').map(source => {
    const { selector, ports } = fieldsOf(source.manifest.spec)
    const targets = listOf(ports).map(fieldsOf)
    return {
      namespace: namespaceOf(source),
      selector: Object.entries(fieldsOf(selector)),
      targets: targets.map(({ port, targetPort }) => targetPort ?? port),
    }
  })
  const servicesIn = byNamespace(services, ({ namespace }) => namespace)
  return ({ namespace, labels, pod }, port) => {
    const names = namesOf(pod, port)
    return servicesIn(namespace).some(
      ({ selector, targets }) =>
        selector.length > 0 &&
        selector.every(([key, value]) => labels[0][key] === value) &&
        targets.some(target => names.includes(target)),
    )
  }
}

/** The number of a port, and what containers call it. */
function namesOf({ containers }: Fields, port: number): readonly unknown[] {
  const declared = listOf(containers).flatMap(container => listOf(fieldsOf(container).ports).map(fieldsOf))
  return [port, ...declared.filter(({ containerPort }) => containerPort === port).map(({ name }) => name)]
}
