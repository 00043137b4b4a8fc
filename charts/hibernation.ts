import { Construct } from 'constructs'
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob'
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { KUBECTL as KUBECTL_IMAGE } from '../src/spec/facts/kubectl.ts'
import type { Schedule } from '../src/spec/schedule.ts'
import { commonLabels, HIBERNATION_LABELS, type Home, metadata, NAMES, priorityClass } from './names.ts'
import { add } from './object.ts'
import { KUBECTL, resources } from './sizes.ts'

/** The ServiceAccount, and what it may do: it is for nothing but this. */
const NAME = 'hibernation'
/** Seconds for which a start that was missed may be made up for: until the next one of the other kind is near. */
const MAKE_UP = 3_600
/** Seconds that one call may take. */
const DEADLINE = 300

/**
 * Sends servers to sleep after business hours, and wakes them before: CloudNativePG takes their pods away and keeps their
 * volumes. The annotation that says so is written by these jobs alone, so delivery has to leave it be.
 */
export class Hibernation extends Construct {
  constructor(scope: Construct, id: string, home: Home, { awake, timezone }: Schedule) {
    super(scope, id)
    add<IServiceAccount>(
      this,
      'account',
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: metadata(home, 'data', NAME, 'ground'),
        automountServiceAccountToken: false,
      },
      'schedule',
    )
    add<IRole>(
      this,
      'role',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: metadata(home, 'data', NAME, 'ground'),
        rules: [
          {
            apiGroups: ['postgresql.cnpg.io'],
            resources: ['clusters'],
            resourceNames: [NAMES.database],
            verbs: ['get', 'patch'],
          },
        ],
      },
      'schedule',
    )
    add<IRoleBinding>(
      this,
      'binding',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: metadata(home, 'data', NAME, 'ground'),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME },
        subjects: [{ kind: 'ServiceAccount', name: NAME }],
      },
      'schedule',
    )
    for (const [index, { start, end }] of awake.entries()) {
      const suffix = index === 0 ? '' : `-${index + 1}`
      addCall(this, home, timezone, `${NAMES.database}-wake${suffix}`, start, 'off')
      addCall(this, home, timezone, `${NAMES.database}-sleep${suffix}`, end, 'on')
    }
  }
}

function addCall(
  scope: Construct,
  home: Home,
  timeZone: string,
  name: string,
  schedule: string,
  hibernation: 'on' | 'off',
) {
  const [user, group] = KUBECTL_IMAGE.user
  add<ICronJob>(
    scope,
    name,
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata(home, 'data', name, 'data'),
      spec: {
        schedule,
        timeZone,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: MAKE_UP,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          spec: {
            // Saying the same again does no harm, so a call that failed is simply made again.
            backoffLimit: 4,
            activeDeadlineSeconds: DEADLINE,
            template: {
              metadata: { labels: { ...commonLabels(home, 'data'), ...HIBERNATION_LABELS } },
              spec: {
                restartPolicy: 'Never',
                serviceAccountName: NAME,
                // The one kind of pod here that asks the API server for something.
                automountServiceAccountToken: true,
                enableServiceLinks: false,
                priorityClassName: priorityClass(home),
                securityContext: {
                  runAsNonRoot: true,
                  runAsUser: user,
                  runAsGroup: group,
                  seccompProfile: { type: 'RuntimeDefault' },
                },
                containers: [
                  {
                    name: 'kubectl',
                    image: KUBECTL_IMAGE.image,
                    command: ['kubectl'],
                    args: [
                      'annotate',
                      `clusters.postgresql.cnpg.io/${NAMES.database}`,
                      `cnpg.io/hibernation=${hibernation}`,
                      '--overwrite',
                      '--cache-dir=/tmp',
                    ],
                    resources: resources(KUBECTL),
                    securityContext: {
                      allowPrivilegeEscalation: false,
                      capabilities: { drop: ['ALL'] },
                      readOnlyRootFilesystem: true,
                    },
                    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
                  },
                ],
                volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
              },
            },
          },
        },
      },
    },
    'schedule',
  )
}
