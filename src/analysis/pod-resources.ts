import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { defaulted, type LimitItem, type Resources } from './limit-range.ts'
import type { PodSet } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'
import {
  addResources,
  defaultedResources,
  largestResources,
  NO_RESOURCES,
  type ResourceList,
  readResources,
} from './resource-list.ts'

export interface ContainerResources extends Resources {
  readonly name: string
  /** `sidecar`: an init container that stays. */
  readonly role: 'main' | 'init' | 'sidecar'
  readonly at: FieldPath
}

/** What one pod asks for, as the scheduler and quotas count it. */
export interface PodResources extends Resources {
  readonly containers: readonly ContainerResources[]
  /** Whether the pod as a whole states resources, which then go before those of its containers. */
  readonly isStatedForPod: boolean
  /** Fields that hold no quantity; they are counted as nothing. */
  readonly unread: readonly Fact[]
}

/** Resources that a pod as a whole may state, and huge pages (Kubernetes 1.34). */
const POD_LEVEL = /^(cpu|memory|hugepages-.+)$/

/**
 * The pod's containers together, or whatever takes more while it starts: each init container in its turn, along with the sidecars
 * that were started before it. What the pod states as a whole replaces that, and its overhead comes on top. The rule is
 * PodRequests and PodLimits of k8s.io/component-helpers/resource.
 */
export function podResourcesOf(set: PodSet, items: readonly LimitItem[]): PodResources {
  const unread: Fact[] = []
  const read = (fields: unknown, at: FieldPath): Resources => {
    const of = (name: 'requests' | 'limits') => {
      const { list, unread: names } = readResources(fieldsOf(fields)[name])
      for (const resource of names) {
        const message = `${name} of ${resource} in "${set.id}" is no quantity and counts as nothing`
        unread.push({ message, place: { source: set.source, at: [...at, name, resource] } })
      }
      return list
    }
    return { requests: of('requests'), limits: of('limits') }
  }
  const containersIn = (field: string, roleOf: (restartPolicy: unknown) => ContainerResources['role']) =>
    listOf(set.pod[field]).map((entry, nth): ContainerResources => {
      const { name, resources, restartPolicy } = fieldsOf(entry)
      const at = set.placeOf([field, nth, 'resources'])
      return { name: textOf(name) ?? '', role: roleOf(restartPolicy), at, ...defaulted(read(resources, at), items) }
    })
  const containers = [
    ...containersIn('initContainers', restartPolicy => (restartPolicy === 'Always' ? 'sidecar' : 'init')),
    ...containersIn('containers', () => 'main'),
  ]
  const stated = read(set.pod.resources, set.placeOf(['resources']))
  const podLevel = (list: ResourceList) => new Map([...list].filter(([name]) => POD_LEVEL.test(name)))
  const [requests, limits] = [podLevel(stated.requests), podLevel(stated.limits)]
  const overhead = readResources(set.pod.overhead).list
  const requested = defaultedResources(defaultedResources(requests, together(containers, 'requests')), limits)
  const limited = defaultedResources(limits, together(containers, 'limits'))
  return {
    containers,
    requests: addResources(requested, overhead),
    // A resource without a limit stays without one.
    limits: addResources(limited, new Map([...overhead].filter(([name]) => limited.has(name)))),
    isStatedForPod: requests.size + limits.size > 0,
    unread,
  }
}

/** Init containers stand before the others in the list, in the order in which they start. */
function together(containers: readonly ContainerResources[], field: 'requests' | 'limits'): ResourceList {
  let running = NO_RESOURCES
  let starting = NO_RESOURCES
  for (const { role, [field]: own } of containers) {
    const during = addResources(running, own)
    if (role !== 'init') running = during
    if (role !== 'main') starting = largestResources(starting, during)
  }
  return largestResources(running, starting)
}
