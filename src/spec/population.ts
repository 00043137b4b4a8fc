import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf } from '../manifest/value.ts'
import type { Asking } from './asking.ts'
import { ODOO } from './facts/odoo.ts'
import { cidrs, closed, listOf, type Schema, text, whole } from './schema-terms.ts'
import type { Web } from './settings.ts'
import * as sizing from './sizing.ts'
import { layersOf } from './unit.ts'

/** People who use Odoo in one way and from known addresses: their requests get a road of their own. */
export interface Population {
  readonly name: string
  readonly users: number
  readonly from: readonly string[]
  /** Whether many of them share an address, so that no limit may go by it. */
  readonly nat: boolean
  /** Pages that nobody else may open. */
  readonly pages: readonly string[]
}

export const POPULATION_SCHEMA: Schema = {
  ...closed('People or machines that use Odoo in one way.', {
    users: whole('How many people are at work at the same time.', 0),
    rps: { type: 'number', exclusiveMinimum: 0, description: 'Requests a second at peak, for machines.' },
    seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'Time that 95 % of those requests stay below, in seconds.',
    },
    from: cidrs(
      'The only addresses that machines come from: the API answers nobody else. People get a road of their own.',
    ),
    nat: { type: 'boolean', description: 'Many of them share an address, so limits go by the browser instead.' },
    pages: listOf(
      'Pages that nobody else may open.',
      text('The beginning of a path.', { pattern: '^/[a-z0-9/_-]+$', examples: ['/pos'] }),
      { minItems: 1 },
    ),
  }),
  dependencies: { rps: ['seconds'], seconds: ['rps'], nat: ['from'], pages: ['from'] },
}

export const API_SCHEMA: Schema = closed('Pods of their own for machines. Default: from ten requests a second on.', {
  replicas: whole('Pods at the usual load. Default: derived from the requests.', 1, 200),
  maxReplicas: whole('Pods that the autoscaler may reach. Default: a quarter more than replicas.', 1, 400),
  workers: whole('Odoo workers in a pod. Default: derived from the requests.', 2, 16),
  quota: whole('Requests a second that one key may make. Default: a quarter of all.', 1, 10_000),
})

/** The populations that the narrowest layer speaks of which have addresses, by name. */
export function populationsOf({ unit, find, say, home, contradict }: Asking): Population[] {
  const layer = layersOf(unit).find(({ fields }) => fields.populations !== undefined || fields.users !== undefined)
  const key: FieldPath = layer === undefined ? home : [...layer.at, 'populations']
  const depth = find<number>('ingress.depth')
  const populations = Object.entries(fieldsOf(layer?.fields.populations)).flatMap(([name, value]) => {
    const { users, from, nat, pages, rps } = fieldsOf(value)
    if (from === undefined || rps !== undefined) return []
    return [
      {
        name,
        users: Number(users ?? 0),
        from: from as string[],
        nat: nat === true,
        pages: (pages ?? []) as string[],
      },
    ]
  })
  const [first] = populations
  if (first !== undefined && depth !== undefined && depth.value > 0) {
    contradict({
      message: `the population "${first.name}" is told by its addresses, and behind ${depth.value} more ${depth.value === 1 ? 'proxy' : 'proxies'} Traefik matches those of the proxy`,
      hint: 'let the load balancer pass addresses on (PROXY protocol) and leave out ingress.depth, or leave out "from"',
      key: [...key, first.name, 'from'],
      against: depth.key,
    })
  }
  return say('populations', populations, 'those with addresses', key).value
}

/** Requests a second from which on machines get pods of their own. */
const APART_FROM = 10

/** What machines send is stated for their peak: the autoscaler is there for what nobody expected. */
const BEYOND_PEAK = 1.25

/** How machines are served: apart from people where they are many, or where somebody says so. */
export function apiPodsOf(
  { find, settle, say, home, contradict, tier, defaults }: Asking,
  machines: readonly sizing.MachineLoad[],
): Web | undefined {
  const rps = machines.reduce((total, machine) => total + machine.rps, 0)
  const asked = find('api')
  const key = asked?.key ?? find('populations')?.key ?? home
  const apart = say(
    'api',
    rps >= APART_FROM || (asked !== undefined && rps > 0),
    `${rps} requests a second, ${APART_FROM} for pods of their own`,
    key,
  )
  if (asked !== undefined && rps === 0) {
    contradict({
      message: 'api asks for pods that answer machines, and no population is one',
      hint: 'give a population "rps" and "seconds", or leave out api',
      key: asked.key,
    })
  }
  if (!apart.value) return undefined
  const workers = sizing.workersFor(0, machines)
  const least = Math.max(2, defaults.web)
  const perPod = settle('api.workers', () => [
    sizing.workersPerPod(workers, least),
    `${workers} workers on ${least} pods at least (tier ${tier.value})`,
    key,
    tier.key,
  ])
  const replicas = settle('api.replicas', () => [
    sizing.podsFor(workers, perPod.value, least),
    `${workers} workers / ${perPod.value} in a pod + 1 spare, at least ${least} (tier ${tier.value})`,
    key,
    tier.key,
  ])
  const maxReplicas = settle('api.maxReplicas', () => [
    Math.ceil(replicas.value * BEYOND_PEAK),
    `${replicas.value} pods, which carry the peak, × ${BEYOND_PEAK}`,
    replicas.key,
  ])
  if (maxReplicas.value < replicas.value) {
    contradict({
      message: `api.maxReplicas ${maxReplicas.value} is below api.replicas ${replicas.value}`,
      hint: 'raise api.maxReplicas, or lower api.replicas',
      key: maxReplicas.key,
      against: replicas.key,
    })
  }
  return {
    replicas: replicas.value,
    maxReplicas: maxReplicas.value,
    workers: perPod.value,
    cpu: sizing.webCpu(perPod.value),
    memoryRequest: sizing.webMemoryRequest(perPod.value),
    // Machines ask for what is largest, so every worker may stand at its hard limit.
    memoryLimit: say(
      'api.memory',
      sizing.webMemoryLimit(perPod.value, true),
      `${perPod.value} workers of ${ODOO.memoryHard} MiB`,
      perPod.key,
    ).value,
  }
}

/** Requests a second for one key; `undefined` where the series of Odoo has no header that shows a key. */
export function quotaOf({ find, settle, release, home, contradict }: Asking, perSecond: number): number | undefined {
  const asked = find('api.quota')
  const keyed = (ODOO.keyedApi as readonly string[]).includes(release.value.odoo)
  if (asked !== undefined && !keyed) {
    contradict({
      message: `api.quota goes by the key in a header, and Odoo ${release.value.odoo} takes keys in the body`,
      hint: `leave it out until the release is of ${ODOO.keyedApi.join(' or ')}`,
      key: asked.key,
      against: release.key,
    })
  }
  if (!keyed) return undefined
  return settle('api.quota', () => [
    Math.max(5, Math.ceil(perSecond / 4)),
    `a quarter of ${perSecond} requests a second`,
    home,
  ]).value
}
