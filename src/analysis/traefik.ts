import { parseImage } from '../manifest/image.ts'
import { textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import { perIndex } from './per-index.ts'

/** A container that runs Traefik. */
export interface Traefik {
  readonly workload: Workload
  readonly container: Container
}

export const traefikOf = perIndex((index): readonly Traefik[] =>
  index.workloads.flatMap(workload =>
    workload.containers
      .filter(
        ({ role, fields }) =>
          role === 'main' && /(^|\/)traefik$/.test(parseImage(textOf(fields.image) ?? '').repository),
      )
      .map(container => ({ workload, container })),
  ),
)
