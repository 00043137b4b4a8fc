import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import { isPortNumber } from './port-set.ts'
import type { ServiceTarget, ServiceTargets } from './service-target.ts'

/** A Service that a container is told to connect to. */
export interface ServiceReference {
  readonly container: Container
  /** The variable or argument that names it. */
  readonly at: FieldPath
  /** As it stands there: `db.erp.svc`. */
  readonly host: string
  readonly service: ServiceTarget
  /** Absent when nothing says which of its ports is meant. */
  readonly port: number | undefined
}

/** A text that may name a host, under the name of a variable or option where it has one. */
interface Candidate {
  readonly at: FieldPath
  readonly key: string
  readonly text: string
}

const URL_TEXT = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/\s]*@)?([a-z0-9.-]+?)\.?(?::(\d+))?(?:[/?#].*)?$/i
const HOST_AND_PORT = /^([a-z0-9.-]+?)\.?:(\d+)$/i
const HOST = /^([a-z0-9.-]+?)\.?$/i
/** A bare word is a host only where it is said to be one: `redis` may as well be the name of a driver. */
const HOST_KEY = /host(name)?$|addr(ess)?$|server$|endpoint$/i

/** The Services of the manifests that the environment and the arguments of a workload's containers name. */
export function serviceReferences(workload: Workload, services: ServiceTargets): readonly ServiceReference[] {
  return workload.containers.flatMap(container => {
    const candidates = candidatesOf(container)
    return candidates.flatMap((candidate): readonly ServiceReference[] => {
      const named = hostIn(candidate)
      const service = named === undefined ? undefined : serviceNamed(named.host, workload.namespace, services)
      if (named === undefined || service === undefined) return []
      const port = named.port ?? portBeside(candidate, candidates)
      return [{ container, at: candidate.at, host: named.host, service, port }]
    })
  })
}

function candidatesOf({ at, fields }: Container): readonly Candidate[] {
  const variables = listOf(fields.env).flatMap((entry, nth) => {
    const { name, value } = fieldsOf(entry)
    const text = textOf(value)
    return text === undefined ? [] : [{ at: [...at, 'env', nth, 'value'], key: textOf(name) ?? '', text }]
  })
  const words = ['command', 'args'].flatMap(field =>
    listOf(fields[field]).map((word, nth) => ({ at: [...at, field, nth], word: textOf(word) ?? '' })),
  )
  const options = words.map(({ at, word }, nth) => {
    const [, key, text] = /^--?([\w-]+)=(.*)$/s.exec(word) ?? []
    if (key !== undefined && text !== undefined) return { at, key, text }
    const before = /^--?([\w-]+)$/.exec(words[nth - 1]?.word ?? '')?.[1]
    return { at, key: before ?? '', text: word }
  })
  return [...variables, ...options]
}

function hostIn({ key, text }: Candidate): { readonly host: string; readonly port: number | undefined } | undefined {
  const [, host, port] = URL_TEXT.exec(text) ?? HOST_AND_PORT.exec(text) ?? []
  if (host !== undefined) return { host, port: port === undefined ? undefined : Number(port) }
  const bare = HOST.exec(text)?.[1]
  const isHost = bare !== undefined && (HOST_KEY.test(key) || /\.svc(\.|$)/.test(bare))
  return isHost ? { host: bare, port: undefined } : undefined
}

/** `db_port` beside `db_host`. */
function portBeside({ key }: Candidate, candidates: readonly Candidate[]): number | undefined {
  const wanted = key.replace(HOST_KEY, suffix => (suffix === suffix.toUpperCase() ? 'PORT' : 'port'))
  const found = wanted === key ? undefined : candidates.find(candidate => candidate.key === wanted)
  const port = Number(found?.text)
  return isPortNumber(port) ? port : undefined
}

/** `db`, `db.erp`, `db.erp.svc`, `db.erp.svc.cluster.local`: as the DNS of a cluster finds a Service. */
function serviceNamed(host: string, home: string, services: ServiceTargets): ServiceTarget | undefined {
  const [name = '', namespace = home, svc = 'svc'] = host.toLowerCase().split('.')
  return svc === 'svc' ? services.get(`${namespace}/${name}`) : undefined
}
