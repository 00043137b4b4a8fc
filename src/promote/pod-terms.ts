import { majorOf, parseImage, sayImage } from '../manifest/image.ts'
import { type FieldPath, valueAt } from '../manifest/path.ts'
import { fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import { parseCommandLine } from './command-line.ts'
import { ODOO_TERMS, settingOfFlag, settingOfVariable } from './odoo-terms.ts'
import { high, low, medium, none } from './risk.ts'
import { HIDDEN, isSecretName } from './secret-value.ts'
import { saySelector } from './selector-words.ts'
import {
  amount,
  element,
  elementName,
  fromTo,
  type Judge,
  lastName,
  type Reading,
  readEach,
  rest,
  say,
  set,
  type Term,
  type Terms,
  termFor,
  unnamedElement,
  value,
  wayOf,
  whole,
} from './term.ts'

const RESTART = 'the pods restart'
const STARTED_DIFFERENTLY = medium('the process starts differently')
const MOVES = medium('the pods run on other nodes, or on none if no node fits')

const IMAGE_RISK: Judge = ({ from, to }) => {
  if (typeof from !== 'string' || typeof to !== 'string') return medium('other software runs')
  const before = parseImage(from)
  const after = parseImage(to)
  if (before.repository !== after.repository) return high('the image comes from another repository')
  if (before.digest !== undefined && after.digest === undefined) return high('the image is no longer pinned by digest')
  if (before.digest !== undefined && before.digest === after.digest) return low('the same bytes under another tag')
  const major = majorOf(from)
  const isMajor = major !== undefined && majorOf(to) !== undefined && major !== majorOf(to)
  return isMajor ? high('another major version runs') : medium('other software runs')
}

const ARGUMENTS: Term = {
  whole: true,
  read(change, setting) {
    const container = fieldsOf(valueAt(setting.manifest, change.at.slice(0, -1)))
    const isOdoo = [change.from, change.to].some(list => runsOdoo({ ...container, [lastName(change)]: list }))
    const from = parseCommandLine(listOf(change.from).map(String))
    const to = parseCommandLine(listOf(change.to).map(String))
    const readings: Reading[] = isOdoo
      ? readEach(ODOO_TERMS, settings(from.flags), settings(to.flags), change, setting)
      : readEach({ '*': value('configuration', lastName, STARTED_DIFFERENTLY) }, from.flags, to.flags, change, setting)
    const words = { ...change, from: from.words.join(' ') || undefined, to: to.words.join(' ') || undefined }
    if (words.from !== words.to) {
      readings.push({ topic: 'configuration', what: lastName(change), ...fromTo(words), risk: STARTED_DIFFERENTLY })
    }
    if (readings.length > 0) return readings
    const risk = low('the same arguments, written or ordered differently')
    return [{ topic: 'configuration', what: lastName(change), ...fromTo(change), risk }]
  },
}

function settings(flags: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...flags].map(([name, value]) => [settingOfFlag(name), value]))
}

/** Whether flags of this container are Odoo's: it starts a program of that name, or its image says so. */
function runsOdoo(container: Readonly<Record<string, unknown>>): boolean {
  const [program] = [...listOf(container.command), ...listOf(container.args)].map(String)
  const isProgram = program !== undefined && !program.startsWith('-')
  const named = isProgram ? (program.split('/').at(-1) ?? '') : parseImage(textOf(container.image) ?? '').repository
  return /odoo/i.test(named) || (isProgram && named === 'gevent')
}

/** The value of an environment variable, or where it comes from. */
function sayVariable(variable: unknown): string | undefined {
  if (!isFields(variable)) return undefined
  if (variable.valueFrom === undefined)
    return isSecretName(String(variable.name)) ? HIDDEN : (say(variable.value) ?? '')
  const [[source, reference] = ['', undefined]] = Object.entries(fieldsOf(variable.valueFrom))
  const { name, key, fieldPath, resource } = fieldsOf(reference)
  const parts = [name, key, fieldPath, resource].filter(part => part !== undefined).map(String)
  return `from ${source.replace(/(Key)?Ref$/, '')} ${parts.join(' ')}`
}

/** The release that a generated pod waits for before it starts, and that the migration leads to. */
const RELEASE_VARIABLE = 'WAYBILL_RELEASE'

const VARIABLE: Term = {
  whole: true,
  read(change, setting) {
    const name = elementName(change) ?? ''
    const sides = [change.from, change.to].map(fieldsOf)
    if (sides.some(({ valueFrom }) => valueFrom !== undefined)) {
      const isSecret = sides.some(({ valueFrom }) => fieldsOf(valueFrom).secretKeyRef !== undefined)
      const risk = isSecret
        ? medium('the process reads another secret')
        : medium('the process is configured differently')
      return [
        {
          topic: isSecret ? 'secret' : 'configuration',
          what: `variable ${name}`,
          ...fromTo(change, sayVariable),
          risk,
        },
      ]
    }
    const known = settingOfVariable(name)
    const values = { ...change, from: plainValue(change.from), to: plainValue(change.to) }
    if (name === RELEASE_VARIABLE) {
      return value('release', 'awaited release', low('the pods wait until the migration has reached it')).read(
        values,
        setting,
      )
    }
    if (known === undefined) {
      const plain = value('configuration', `variable ${name}`, medium('the process is configured differently'))
      return plain.read({ ...values, names: [...change.names, name] }, setting)
    }
    return termFor(ODOO_TERMS, [known])
      .read({ ...values, names: [...change.names, known] }, setting)
      .map(reading => ({ ...reading, what: `${reading.what} (${name})` }))
  },
}

function plainValue(variable: unknown): unknown {
  return isFields(variable) ? (variable.value ?? '') : undefined
}

/** Tells a probe the way one reads it aloud. */
function sayProbe(probe: unknown): string | undefined {
  if (!isFields(probe)) return undefined
  const { httpGet, tcpSocket, grpc, exec } = probe
  const target = isFields(httpGet)
    ? `GET ${say(httpGet.path) ?? '/'} on ${say(httpGet.port)}`
    : isFields(tcpSocket)
      ? `connect to ${say(tcpSocket.port)}`
      : isFields(grpc)
        ? `gRPC on ${say(grpc.port)}`
        : `run ${say(fieldsOf(exec).command)}`
  const numbers = Object.entries(probe).filter(([, setting]) => typeof setting === 'number')
  return [target, ...numbers.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, setting]) => `${name} ${setting}`)].join(
    ', ',
  )
}

function probe(what: string): Term {
  return whole(
    'availability',
    what,
    ({ from, to }) =>
      to === undefined
        ? high('nobody notices any longer when the process hangs')
        : from === undefined
          ? low('a hanging process is noticed')
          : medium('pods are found ready or dead at other times'),
    sayProbe,
  )
}

/** Requests and limits, wherever a kind has them. */
export const RESOURCES: Terms = {
  requests: {
    '*': amount('resources', change => `${lastName(change)} request`, {
      more: low('more is reserved for each pod'),
      less: medium('less is reserved for each pod'),
      other: medium('changes whether anything is reserved'),
    }),
  },
  limits: {
    '*': amount('resources', change => `${lastName(change)} limit`, {
      more: low('each pod may use more'),
      less: medium('pods that need more are throttled or killed'),
      other: medium('changes whether the pods are limited at all'),
    }),
  },
  '': rest('resources', medium('the pods are given different resources')),
}

/** Settings of a security context with a safe side. */
const SAFE: Readonly<Record<string, unknown>> = {
  allowPrivilegeEscalation: false,
  hostIPC: false,
  hostNetwork: false,
  hostPID: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
}

const GUARDED: Judge = change => {
  const name = lastName(change)
  if (!Object.hasOwn(SAFE, name)) return medium('the process runs with other rights')
  return change.to === SAFE[name] || (change.to === undefined && SAFE[name] === false)
    ? low('the process has fewer rights')
    : high('the process has more rights')
}

const SECURITY: Terms = {
  capabilities: {
    add: set('access', 'added capabilities', {
      added: high('the process has more rights'),
      removed: low('the process has fewer rights'),
    }),
    drop: set('access', 'dropped capabilities', {
      added: low('the process has fewer rights'),
      removed: high('the process has more rights'),
    }),
  },
  '': value('access', change => wayOf(change, change.names.lastIndexOf('securityContext') + 1), GUARDED),
}

const CONTAINER_RISKS = {
  added: medium('another container runs in each pod'),
  removed: high('the container no longer runs'),
  changed: STARTED_DIFFERENTLY,
}

function sayContainer(container: unknown): string | undefined {
  return sayImage(fieldsOf(container).image) ?? say(container)
}

const CONTAINER: Terms = {
  image: value('image', 'image', IMAGE_RISK, sayImage),
  args: ARGUMENTS,
  command: ARGUMENTS,
  env: { '[]': VARIABLE },
  envFrom: {
    '[]': element('configuration', 'variables from', {
      added: medium('the process is configured differently'),
      removed: medium('the process is configured differently'),
      changed: medium('the process is configured differently'),
    }),
    '': rest('configuration', medium('the process is configured differently')),
  },
  ports: {
    '[]': element('network', 'port', {
      added: low('the container declares a port'),
      removed: medium('services that name this port no longer find it'),
      changed: medium('services that name this port reach another one'),
    }),
  },
  resources: RESOURCES,
  livenessProbe: probe('liveness probe'),
  readinessProbe: probe('readiness probe'),
  startupProbe: probe('startup probe'),
  lifecycle: whole('availability', 'lifecycle hooks', medium('pods start or stop differently')),
  securityContext: SECURITY,
  volumeMounts: {
    '[]': element('storage', 'mount', {
      added: medium('the process sees another volume there'),
      removed: high('the process no longer sees that volume'),
      changed: high('the process sees the volume differently'),
    }),
  },
  '': unnamedElement('configuration', 'container', CONTAINER_RISKS, sayContainer),
}

const CONTAINERS: Terms = {
  '[]': CONTAINER,
  '': value('availability', 'order of init containers', medium('the pods start in another order')),
}

/** The spec of a pod, in a template or by itself. */
export const POD_SPEC: Terms = {
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  ephemeralContainers: CONTAINERS,
  volumes: {
    '[]': element('storage', 'volume', {
      added: low('another volume can be mounted'),
      removed: high('the volume is no longer there for the pods'),
      changed: high('the volume holds something else'),
    }),
  },
  securityContext: SECURITY,
  hostNetwork: value('access', 'host network', GUARDED),
  hostPID: value('access', 'host processes', GUARDED),
  hostIPC: value('access', 'host memory', GUARDED),
  hostUsers: value('access', 'host users', medium('the process runs with other rights')),
  serviceAccountName: value('access', 'service account', high('the pods act under another identity')),
  automountServiceAccountToken: value('access', 'service account token', ({ to }) =>
    to === false ? low('the pods can no longer call the Kubernetes API') : high('the pods can call the Kubernetes API'),
  ),
  imagePullSecrets: whole('access', 'pull secrets', medium('images are pulled with other credentials')),
  affinity: whole('availability', 'affinity', MOVES),
  nodeSelector: whole('availability', 'node selector', MOVES),
  nodeName: value('availability', 'node', high('the pods run on one node only')),
  tolerations: whole('availability', 'tolerations', MOVES),
  topologySpreadConstraints: whole('availability', 'spread over nodes and zones', MOVES),
  priorityClassName: value('availability', 'priority', medium('changes which pods give way when a node is full')),
  terminationGracePeriodSeconds: amount('availability', 'grace period (seconds)', {
    more: low('running work has more time to finish'),
    less: medium('running work may be cut when a pod stops'),
    other: medium('changes how long running work may take to finish'),
    isNoCapacity: true,
  }),
  dnsPolicy: value('network', 'DNS policy', medium('names resolve differently')),
  dnsConfig: whole('network', 'DNS configuration', medium('names resolve differently')),
  hostAliases: whole('network', 'host aliases', medium('names resolve differently')),
  '': value(
    'configuration',
    change => wayOf(change, change.names.lastIndexOf('spec') + 1),
    medium('the pods run differently'),
  ),
}

/** Annotations that repeat what changes elsewhere; the values say nothing to people. */
const DERIVED = /(checksum|hash|restartedAt|config-digest)/i

const POD_ANNOTATION: Term = {
  read(change) {
    const name = lastName(change)
    const words = { topic: 'metadata' as const, what: `pod annotation ${name}` }
    return DERIVED.test(name)
      ? [{ ...words, risk: low(`${RESTART} to read what has changed elsewhere`) }]
      : [{ ...words, ...fromTo(change), risk: low(RESTART) }]
  },
}

/** A pod template. Its labels are what selectors match; its annotations restart the pods when they change. */
export const POD_TEMPLATE: Terms = {
  metadata: {
    labels: {
      'app.kubernetes.io/version': value('release', 'pod version label', low(RESTART)),
      '*': value(
        'metadata',
        change => `pod label ${lastName(change)}`,
        medium('selectors may no longer find the pods'),
      ),
    },
    annotations: { '*': POD_ANNOTATION },
    '': value('metadata', change => `pod ${wayOf(change, change.names.lastIndexOf('metadata'))}`, low(RESTART)),
  },
  spec: POD_SPEC,
}

const REPLICAS = amount('replicas', 'replicas', {
  more: low('more pods run'),
  less: medium('fewer pods share the load'),
  floor: { at: 0, risk: high('nothing runs any longer') },
  other: medium('the number of pods leaves or meets its default or an autoscaler'),
})

/** A selector of pods; that of a Service is a plain map of labels. */
export const SELECTOR: Term = whole('network', 'selector', high('other pods are selected'), selector =>
  saySelector(
    isFields(selector) && !('matchLabels' in selector || 'matchExpressions' in selector)
      ? { matchLabels: selector }
      : selector,
  ),
)

/** Kinds with a pod template at `spec.template`. */
export const WORKLOAD: Terms = {
  spec: {
    replicas: REPLICAS,
    selector: SELECTOR,
    strategy: whole('availability', 'update strategy', medium('pods are replaced differently')),
    updateStrategy: whole('availability', 'update strategy', medium('pods are replaced differently')),
    minReadySeconds: value('availability', 'seconds before ready', low('a rollout waits differently')),
    progressDeadlineSeconds: value(
      'availability',
      'rollout deadline',
      low('a stuck rollout is noticed at another time'),
    ),
    revisionHistoryLimit: value('metadata', 'kept revisions', none('more or fewer old revisions are kept')),
    persistentVolumeClaimRetentionPolicy: whole('storage', 'retention of volumes', ({ to }) =>
      canDelete(to) ? high('volumes are deleted with their pods') : low('volumes stay when pods go'),
    ),
    serviceName: value('network', 'governing service', high('the pods get other names')),
    volumeClaimTemplates: {
      '[]': element('storage', 'volume claim', {
        added: high('pods want another volume'),
        removed: high('pods lose a volume'),
        changed: high('pods want another volume'),
      }),
    },
    template: POD_TEMPLATE,
    activeDeadlineSeconds: value('schedule', 'deadline (seconds)', medium('a job may run longer or is cut earlier')),
    backoffLimit: value('schedule', 'retries', medium('a failed job is tried more or less often')),
    '': rest('configuration', medium('the workload runs differently')),
  },
}

function canDelete(policy: unknown): boolean {
  return Object.values(fieldsOf(policy)).includes('Delete')
}

/** What a new workload runs. */
export function sayWorkload(manifest: unknown, podAt: FieldPath = ['spec', 'template']): string | undefined {
  const images = listOf(valueAt(manifest, [...podAt, 'spec', 'containers'])).map(entry =>
    sayImage(fieldsOf(entry).image),
  )
  const replicas = valueAt(manifest, ['spec', 'replicas'])
  const parts = [...(replicas === undefined ? [] : [`${replicas} × `]), images.join(', ')]
  return parts.join('') || undefined
}
