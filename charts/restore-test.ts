import { Construct } from 'constructs'
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob'
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Recovery } from '../src/spec/recovery.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { archivePath, commonLabels, metadata, NAMES, namespaceName } from './names.ts'
import { add } from './object.ts'
import { addObjectStore } from './object-store.ts'
import { SECURITY } from './pod-security.ts'
import { addRegistryCredentials } from './registry.ts'
import { RESTORE_SCRIPT } from './restore-script.ts'
import { restoredCluster } from './restored-cluster.ts'
import { scriptPod } from './script-pod.ts'
import { RESTORE_JOB, resources } from './sizes.ts'

const DIRECTORY = '/etc/waybill'
const SCRIPT = 'restore-test.py'

/** Seconds for the questions that are asked, and for loading every module, once the data is there. */
const LOOKING = 7_200

/** A test of restores: from which store, when, and on which server. */
interface Trial {
  readonly name: string
  readonly schedule: string
  readonly store: string
  readonly path: string
  readonly endpoint: string | undefined
}

/** The tests of a tenant's restores: from the store that backups go to, and from its copy elsewhere. */
export function trialsOf(settings: Settings, recovery: Recovery): Trial[] {
  const { place, backup } = settings
  const offsite = backup?.offsite
  return [
    {
      name: NAMES.restoreTest,
      schedule: recovery.schedule,
      store: NAMES.objectStore,
      path: archivePath(settings, place.bucket),
      endpoint: place.bucketEndpoint,
    },
    ...(offsite === undefined || recovery.offsiteSchedule === undefined
      ? []
      : [
          {
            name: NAMES.restoreTestOffsite,
            schedule: recovery.offsiteSchedule,
            store: NAMES.offsiteStore,
            path: archivePath(settings, offsite.bucket),
            endpoint: offsite.endpoint,
          },
        ]),
  ]
}

/**
 * Restores the newest backup every now and then, in a namespace from which nothing leads anywhere: whether a backup is one
 * shows when it is restored. What succeeded last, and when, kube-state-metrics tells of the CronJob.
 */
export class RestoreTest extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, recovery: Recovery) {
    super(scope, id)
    const trials = trialsOf(settings, recovery)
    const decidedBy = 'recovery.restoreTest'
    addExternalSecret(this, settings, {
      zone: 'restore',
      name: NAMES.readerKeys,
      remote: 'object-storage-reader',
      properties: { accessKeyId: 'accessKeyId', secretAccessKey: 'secretAccessKey' },
      decidedBy,
    })
    addRegistryCredentials(this, settings, 'restore')
    add<IServiceAccount>(
      this,
      'account',
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: metadata(settings, 'restore', NAMES.restoreTest, 'ground'),
        automountServiceAccountToken: false,
      },
      decidedBy,
    )
    const names = trials.map(({ name }) => name)
    add<IRole>(
      this,
      'role',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: metadata(settings, 'restore', NAMES.restoreTest, 'ground'),
        rules: [
          // What is to be created has no name yet that a rule could hold on to.
          { apiGroups: ['postgresql.cnpg.io'], resources: ['clusters'], verbs: ['create'] },
          {
            apiGroups: ['postgresql.cnpg.io'],
            resources: ['clusters'],
            resourceNames: names,
            verbs: ['get', 'delete'],
          },
          { apiGroups: [''], resources: ['secrets'], resourceNames: names.map(name => `${name}-app`), verbs: ['get'] },
        ],
      },
      decidedBy,
    )
    add<IRoleBinding>(
      this,
      'binding',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: metadata(settings, 'restore', NAMES.restoreTest, 'ground'),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAMES.restoreTest },
        subjects: [{ kind: 'ServiceAccount', name: NAMES.restoreTest, namespace: namespaceName(settings, 'restore') }],
      },
      decidedBy,
    )
    const servers = trials.map(({ name, store }) => [
      `${name}.json`,
      `${JSON.stringify(restoredCluster(settings, { zone: 'restore', name, store }), undefined, 2)}\n`,
    ])
    add<IConfigMap>(
      this,
      'files',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(settings, 'restore', NAMES.restoreTest, 'ground'),
        data: { ...Object.fromEntries(servers), [SCRIPT]: RESTORE_SCRIPT },
      },
      decidedBy,
    )
    for (const trial of trials) {
      addObjectStore(this, settings, {
        zone: 'restore',
        name: trial.store,
        keys: NAMES.readerKeys,
        path: trial.path,
        ...(trial.endpoint === undefined ? {} : { endpoint: trial.endpoint }),
        decidedBy,
      })
      this.addTrial(settings, recovery, trial)
    }
  }

  private addTrial(settings: Settings, recovery: Recovery, { name, schedule }: Trial) {
    const { release } = settings
    const environment = {
      HOME: '/tmp',
      WAYBILL_ADDONS: ODOO.addonsPath,
      WAYBILL_LONGEST: String(recovery.longest),
      WAYBILL_LOSS: String(recovery.loss),
      WAYBILL_RELEASE: release.id,
      WAYBILL_SERVER: `${name}.json`,
    }
    add<ICronJob>(
      this,
      name,
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: metadata(settings, 'restore', name, 'edge'),
        spec: {
          schedule,
          timeZone: 'Etc/UTC',
          concurrencyPolicy: 'Forbid',
          startingDeadlineSeconds: 3_600,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: {
              backoffLimit: 0,
              activeDeadlineSeconds: recovery.longest + LOOKING,
              template: {
                metadata: { labels: { ...commonLabels(settings, 'restore'), app: NAMES.restoreTest } },
                spec: {
                  ...scriptPod(settings, NAMES.restoreTest, true),
                  containers: [
                    {
                      name: 'restore',
                      image: release.image,
                      command: ['python3', `${DIRECTORY}/${SCRIPT}`],
                      env: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
                      resources: resources(RESTORE_JOB),
                      securityContext: SECURITY,
                      volumeMounts: [
                        { name: 'files', mountPath: DIRECTORY, readOnly: true },
                        { name: 'tmp', mountPath: '/tmp' },
                      ],
                    },
                  ],
                  volumes: [
                    { name: 'files', configMap: { name: NAMES.restoreTest } },
                    { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
                  ],
                },
              },
            },
          },
        },
      },
      {
        '': 'recovery.restoreTest',
        'spec.jobTemplate.spec.template.spec.containers[0].image': 'release.image',
        'spec.jobTemplate.spec.activeDeadlineSeconds': 'objectives.disasterRto',
      },
    )
  }
}
