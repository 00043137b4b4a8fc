import { type FieldPath, formatPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, labelsOf, listOf, textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'

/** The levels of the Pod Security Standards; `privileged` forbids nothing. */
export const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'] as const
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number]

/** A field that a level forbids, or that it misses. */
export interface PodSecurityViolation {
  /** The control of the standard, as the admission plugin names it: `host namespaces`. */
  readonly control: string
  /** From the root of the manifest. */
  readonly at: FieldPath
  /** The subject and the fact: `container "web" is privileged`. */
  readonly fact: string
}

/** The minor of a version label: 34 of `v1.34`, the newest for `latest` and for none. */
export function podSecurityMinor(version: string | undefined): number {
  const minor = /^v?1\.(\d+)$/.exec(version ?? '')?.[1]
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor)
}

/**
 * Everything in a workload's pod template for which the Pod Security admission plugin refuses its pods.
 *
 * Source: kubernetes/pod-security-admission `policy/`, read for the versions 1.24 to 1.34. Fields of volumes and of
 * security contexts only; exemptions by user, runtime class and namespace are the cluster's own.
 *
 * @param minor of the Kubernetes version that the namespace pins its level to
 */
export function podSecurityViolations(
  workload: Workload,
  level: PodSecurityLevel,
  minor: number,
): PodSecurityViolation[] {
  const subject = subjectOf(workload, minor)
  const overridden = new Set(
    level === 'restricted'
      ? CHECKS.filter(applies(minor, 'restricted')).flatMap(({ overrides = [] }) => overrides)
      : [],
  )
  return CHECKS.filter(applies(minor, level))
    .filter(({ control, level: own }) => own === level || !overridden.has(control))
    .flatMap(({ control, find }) => find(subject).map(({ at, fact }) => ({ control, at, fact })))
}

interface Found {
  readonly at: FieldPath
  readonly fact: string
}

interface Subject {
  readonly pod: Fields
  readonly specAt: FieldPath
  readonly podContext: Fields
  readonly containers: readonly Container[]
  readonly annotations: Readonly<Record<string, string>>
  readonly annotationsAt: FieldPath
  readonly windows: boolean
  readonly minor: number
}

interface Check {
  readonly control: string
  readonly level: 'baseline' | 'restricted'
  /** The first and the last minor that it holds for. */
  readonly from?: number
  readonly until?: number
  /** Controls of the baseline that it takes the place of. */
  readonly overrides?: readonly string[]
  find(subject: Subject): Found[]
}

function applies(minor: number, level: PodSecurityLevel): (check: Check) => boolean {
  return ({ level: own, from = 0, until = Number.POSITIVE_INFINITY }) =>
    level !== 'privileged' && (own === 'baseline' || level === 'restricted') && minor >= from && minor <= until
}

function subjectOf({ pod, podAt, containers, annotations }: Workload, minor: number): Subject {
  return {
    pod,
    specAt: [...podAt, 'spec'],
    podContext: fieldsOf(pod.securityContext),
    containers,
    annotations,
    annotationsAt: [...podAt, 'metadata', 'annotations'],
    windows: fieldsOf(pod.os).name === 'windows',
    minor,
  }
}

const contextOf = ({ fields }: Container): Fields => fieldsOf(fields.securityContext)
const contextAt = ({ at }: Container, ...path: FieldPath): FieldPath => [...at, 'securityContext', ...path]
const nameOf = ({ name }: Container): string => `container "${name}"`

/** One finding for each container of which `wrong` says a path below the container and a fact. */
function inContainers(
  { containers }: Subject,
  wrong: (container: Container) => readonly (readonly [FieldPath, string])[],
): Found[] {
  return containers.flatMap(container =>
    wrong(container).map(([at, fact]) => ({ at, fact: `${nameOf(container)} ${fact}` })),
  )
}

/** The pod's own security context, and each container's, as places where the same field may stand. */
function contexts(subject: Subject): { readonly who: string; readonly context: Fields; readonly at: FieldPath }[] {
  return [
    { who: 'the pod', context: subject.podContext, at: [...subject.specAt, 'securityContext'] },
    ...subject.containers.map(container => ({
      who: nameOf(container),
      context: contextOf(container),
      at: contextAt(container),
    })),
  ]
}

const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t']

/** Sysctls that are safe, by the minor that admitted them. */
const SAFE_SYSCTLS: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
}

const RESTRICTED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe']
const HOOKS = ['postStart', 'preStop']
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/'

function addedCapabilities(container: Container): readonly (readonly [FieldPath, string])[] {
  const added = listOf(fieldsOf(contextOf(container).capabilities).add)
  return added.map((capability, index) => [contextAt(container, 'capabilities', 'add', index), String(capability)])
}

const CHECKS: readonly Check[] = [
  {
    control: 'host namespaces',
    level: 'baseline',
    find: ({ pod, specAt }) =>
      ['hostNetwork', 'hostPID', 'hostIPC']
        .filter(field => pod[field] === true)
        .map(field => ({ at: [...specAt, field], fact: `the pod shares "${field}" with its node` })),
  },
  {
    control: 'privileged',
    level: 'baseline',
    find: subject =>
      inContainers(subject, container =>
        contextOf(container).privileged === true ? [[contextAt(container, 'privileged'), 'is privileged']] : [],
      ),
  },
  {
    control: 'non-default capabilities',
    level: 'baseline',
    find: subject =>
      inContainers(subject, container =>
        addedCapabilities(container)
          .filter(([, capability]) => !DEFAULT_CAPABILITIES.includes(capability))
          .map(([at, capability]) => [at, `adds the capability "${capability}"`]),
      ),
  },
  {
    control: 'hostPath volumes',
    level: 'baseline',
    find: ({ pod, specAt }) =>
      listOf(pod.volumes).flatMap((volume, index) =>
        fieldsOf(volume).hostPath === undefined
          ? []
          : [
              {
                at: [...specAt, 'volumes', index, 'hostPath'],
                fact: `volume "${String(fieldsOf(volume).name)}" is a path of the node`,
              },
            ],
      ),
  },
  {
    control: 'hostPort',
    level: 'baseline',
    find: subject =>
      inContainers(subject, ({ at, fields }) =>
        listOf(fields.ports).flatMap((port, index): [FieldPath, string][] => {
          const { hostPort } = fieldsOf(port)
          return hostPort === undefined || hostPort === 0
            ? []
            : [[[...at, 'ports', index, 'hostPort'], `takes port ${String(hostPort)} of its node`]]
        }),
      ),
  },
  {
    control: 'forbidden AppArmor profile',
    level: 'baseline',
    find: subject => [
      ...Object.entries(subject.annotations)
        .filter(
          ([key, value]) =>
            key.startsWith(APPARMOR_ANNOTATION) &&
            value !== '' &&
            value !== 'runtime/default' &&
            !value.startsWith('localhost/'),
        )
        .map(([key, value]) => ({
          at: [...subject.annotationsAt, key],
          fact: `container "${key.slice(APPARMOR_ANNOTATION.length)}" runs under the AppArmor profile "${value}"`,
        })),
      ...contexts(subject).flatMap(({ who, context, at }) => {
        const { type } = fieldsOf(context.appArmorProfile)
        const isFine = type === undefined || type === 'RuntimeDefault' || type === 'Localhost'
        return isFine
          ? []
          : [
              {
                at: [...at, 'appArmorProfile', 'type'],
                fact: `${who} runs under the AppArmor profile "${String(type)}"`,
              },
            ]
      }),
    ],
  },
  {
    control: 'seLinuxOptions',
    level: 'baseline',
    find: subject =>
      contexts(subject).flatMap(({ who, context, at }) => {
        const options = fieldsOf(context.seLinuxOptions)
        const types = subject.minor >= 31 ? [...SELINUX_TYPES, 'container_engine_t'] : SELINUX_TYPES
        const wrong = [
          ...(types.includes(textOf(options.type) ?? '') ? [] : ['type']),
          ...['user', 'role'].filter(field => (textOf(options[field]) ?? '') !== ''),
        ]
        return wrong.map(field => ({
          at: [...at, 'seLinuxOptions', field],
          fact: `${who} sets the SELinux ${field} "${String(options[field])}"`,
        }))
      }),
  },
  {
    control: 'procMount',
    level: 'baseline',
    find: subject =>
      inContainers(subject, container => {
        const { procMount } = contextOf(container)
        return procMount === undefined || procMount === 'Default'
          ? []
          : [[contextAt(container, 'procMount'), `mounts /proc as "${String(procMount)}"`]]
      }),
  },
  {
    control: 'seccompProfile',
    level: 'baseline',
    from: 19,
    find: subject =>
      contexts(subject).flatMap(({ who, context, at }) =>
        seccompType(context) === undefined || isConfined(seccompType(context))
          ? []
          : [
              {
                at: [...at, 'seccompProfile', 'type'],
                fact: `${who} runs under the seccomp profile "${String(seccompType(context))}"`,
              },
            ],
      ),
  },
  {
    control: 'forbidden sysctls',
    level: 'baseline',
    find: ({ podContext, specAt, minor }) =>
      listOf(podContext.sysctls).flatMap((sysctl, index) => {
        const name = String(fieldsOf(sysctl).name)
        const since = SAFE_SYSCTLS[name]
        return since !== undefined && minor >= since
          ? []
          : [
              {
                at: [...specAt, 'securityContext', 'sysctls', index, 'name'],
                fact: `the pod sets the sysctl "${name}"`,
              },
            ]
      }),
  },
  {
    control: 'hostProcess',
    level: 'baseline',
    find: subject =>
      contexts(subject).flatMap(({ who, context, at }) =>
        fieldsOf(context.windowsOptions).hostProcess === true
          ? [{ at: [...at, 'windowsOptions', 'hostProcess'], fact: `${who} runs as a process of its node` }]
          : [],
      ),
  },
  {
    control: 'probe or lifecycle host',
    level: 'baseline',
    from: 34,
    find: subject => inContainers(subject, handlerHosts),
  },
  {
    control: 'restricted volume types',
    level: 'restricted',
    overrides: ['hostPath volumes'],
    find: ({ pod, specAt }) =>
      listOf(pod.volumes).flatMap((volume, index) => {
        const types = Object.keys(fieldsOf(volume)).filter(key => key !== 'name')
        return types
          .filter(type => !RESTRICTED_VOLUMES.includes(type))
          .map(type => ({
            at: [...specAt, 'volumes', index, type],
            fact: `volume "${String(fieldsOf(volume).name)}" is of the type "${type}"`,
          }))
      }),
  },
  {
    control: 'allowPrivilegeEscalation != false',
    level: 'restricted',
    from: 8,
    find: subject =>
      exemptWindows(subject) ??
      inContainers(subject, container =>
        contextOf(container).allowPrivilegeEscalation === false
          ? []
          : [[contextAt(container, 'allowPrivilegeEscalation'), 'may gain more rights than it starts with']],
      ),
  },
  {
    control: 'runAsNonRoot != true',
    level: 'restricted',
    find: subject => {
      const byPod = subject.podContext.runAsNonRoot
      return [
        ...(byPod === false
          ? [{ at: [...subject.specAt, 'securityContext', 'runAsNonRoot'], fact: 'the pod may run as root' }]
          : []),
        ...inContainers(subject, container => {
          const { runAsNonRoot } = contextOf(container)
          const isFine =
            runAsNonRoot === true || ((runAsNonRoot === undefined || runAsNonRoot === null) && byPod === true)
          return isFine || (byPod === false && runAsNonRoot === undefined)
            ? []
            : [[contextAt(container, 'runAsNonRoot'), 'may run as root']]
        }),
      ]
    },
  },
  {
    control: 'runAsUser=0',
    level: 'restricted',
    from: 23,
    find: subject =>
      contexts(subject).flatMap(({ who, context, at }) =>
        context.runAsUser === 0 ? [{ at: [...at, 'runAsUser'], fact: `${who} runs as user 0` }] : [],
      ),
  },
  {
    control: 'seccompProfile',
    level: 'restricted',
    from: 19,
    overrides: ['seccompProfile'],
    find: subject => {
      const byPod = seccompType(subject.podContext)
      const wrongPod = byPod !== undefined && !isConfined(byPod)
      return (
        exemptWindows(subject) ?? [
          ...(wrongPod
            ? [
                {
                  at: [...subject.specAt, 'securityContext', 'seccompProfile', 'type'],
                  fact: `the pod runs under the seccomp profile "${String(byPod)}"`,
                },
              ]
            : []),
          ...inContainers(subject, container => {
            const own = seccompType(contextOf(container))
            if (own !== undefined) {
              return isConfined(own)
                ? []
                : [[contextAt(container, 'seccompProfile', 'type'), `runs under the seccomp profile "${String(own)}"`]]
            }
            return byPod === undefined ? [[contextAt(container, 'seccompProfile'), 'has no seccomp profile']] : []
          }),
        ]
      )
    },
  },
  {
    control: 'unrestricted capabilities',
    level: 'restricted',
    from: 22,
    overrides: ['non-default capabilities'],
    find: subject =>
      exemptWindows(subject) ??
      inContainers(subject, container => [
        ...(listOf(fieldsOf(contextOf(container).capabilities).drop).includes('ALL')
          ? []
          : [[contextAt(container, 'capabilities', 'drop'), 'does not drop all capabilities'] as const]),
        ...addedCapabilities(container)
          .filter(([, capability]) => capability !== 'NET_BIND_SERVICE')
          .map(([at, capability]) => [at, `adds the capability "${capability}"`] as const),
      ]),
  },
]

/** Since 1.25 a pod that says it runs on Windows is not asked for what Windows does not have. */
function exemptWindows({ windows, minor }: Subject): Found[] | undefined {
  return windows && minor >= 25 ? [] : undefined
}

function seccompType(context: Fields): unknown {
  return fieldsOf(context.seccompProfile).type
}

function isConfined(type: unknown): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost'
}

function handlerHosts({ at, fields }: Container): [FieldPath, string][] {
  const lifecycle = fieldsOf(fields.lifecycle)
  const handlers: [FieldPath, Fields][] = [
    ...PROBES.map((probe): [FieldPath, Fields] => [[probe], fieldsOf(fields[probe])]),
    ...HOOKS.map((hook): [FieldPath, Fields] => [['lifecycle', hook], fieldsOf(lifecycle[hook])]),
  ]
  return handlers.flatMap(([path, handler]) =>
    ['httpGet', 'tcpSocket'].flatMap((action): [FieldPath, string][] => {
      const host = textOf(fieldsOf(handler[action]).host) ?? ''
      return host === ''
        ? []
        : [[[...at, ...path, action, 'host'], `sends "${formatPath([...path, action])}" to the host "${host}"`]]
    }),
  )
}

/** The level and version that a namespace enforces on its pods, by its labels. */
export function enforcedLevel(namespaceLabels: Readonly<Record<string, string>>): {
  level: PodSecurityLevel
  minor: number
} {
  const labels = labelsOf(namespaceLabels)
  const level = POD_SECURITY_LEVELS.find(name => name === labels['pod-security.kubernetes.io/enforce']) ?? 'privileged'
  return { level, minor: podSecurityMinor(labels['pod-security.kubernetes.io/enforce-version']) }
}
