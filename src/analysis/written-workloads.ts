import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'

/** The workloads that somebody wrote: what a controller made of them, as dumps of a cluster hold it, is judged there. */
export function writtenWorkloads(index: Index): readonly Workload[] {
  return index.workloads.filter(({ source }) => {
    const owners = listOf(source.manifest.metadata.ownerReferences)
    return !owners.some(owner => fieldsOf(owner).controller === true)
  })
}
