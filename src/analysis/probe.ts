import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, isFields, listOf, numberOf, textOf } from '../manifest/value.ts'
import type { Container } from '../manifest/workload.ts'

export const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const
export type ProbeName = (typeof PROBES)[number]

/** A probe of a container, its defaults filled in. */
export interface Probe {
  readonly at: FieldPath
  readonly how: 'httpGet' | 'tcpSocket' | 'exec' | 'grpc'
  /** Of `httpGet`, with its query. */
  readonly path: string | undefined
  /** The words of `exec`. */
  readonly command: readonly string[]
  /** Seconds for which the container may fail before the kubelet acts. */
  readonly patience: number
}

const HOWS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const

export function probeOf(container: Container, name: ProbeName): Probe | undefined {
  const fields = fieldsOf(container.fields[name])
  const how = HOWS.find(one => isFields(fields[one]))
  if (how === undefined) return undefined
  const { path } = fieldsOf(fields.httpGet)
  return {
    at: [...container.at, name],
    how,
    path: how === 'httpGet' ? (textOf(path) ?? '/') : undefined,
    command: listOf(fieldsOf(fields.exec).command).map(String),
    patience: (numberOf(fields.periodSeconds) ?? 10) * (numberOf(fields.failureThreshold) ?? 3),
  }
}

/** Seconds that a `preStop` hook sleeps before the process is told to stop; none that can be read is 0. */
export function preStopSeconds(container: Container): number {
  const { sleep, exec } = fieldsOf(fieldsOf(container.fields.lifecycle).preStop)
  const seconds = numberOf(fieldsOf(sleep).seconds)
  if (seconds !== undefined) return seconds
  const [, slept] = /\bsleep (\d+)/.exec(listOf(fieldsOf(exec).command).map(String).join(' ')) ?? []
  return slept === undefined ? 0 : Number(slept)
}
