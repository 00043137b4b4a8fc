import { Construct } from 'constructs'
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob'
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar'
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import type { Rehearsal as RehearsalSettings } from '../src/spec/rehearsal.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { commonLabels, databaseHost, metadata, NAMES, namespaceName, PORTS } from './names.ts'
import { add } from './object.ts'
import { scriptEnv } from './odoo-pod.ts'
import { SECURITY } from './pod-security.ts'
import { FAILOVER_SCRIPT, LOAD_SCRIPT } from './rehearsal-scripts.ts'
import { scriptPod } from './script-pod.ts'
import { REHEARSAL_JOB, resources } from './sizes.ts'

const DIRECTORY = '/etc/waybill'
/** A day that never comes: the CronJob sleeps, and a person starts a Job from it. */
const NEVER = '0 0 31 2 *'

interface Trial {
  readonly name: string
  readonly script: string
  readonly env: IEnvVar[]
  readonly seconds: number
  readonly speaksWithApi: boolean
}

/**
 * Jobs that sleep until somebody starts them: `kubectl create job --from=cronjob/load-test`. One plays a crowd, the other
 * takes the primary of the database away; both fail when a promise does not hold.
 */
export class Rehearsal extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, { load, failover }: RehearsalSettings) {
    super(scope, id)
    add<IConfigMap>(
      this,
      'scripts',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(settings, 'app', NAMES.rehearsal, 'ground'),
        data: {
          ...(load === undefined ? {} : { 'load-test.py': LOAD_SCRIPT }),
          ...(failover === undefined ? {} : { 'failover-test.py': FAILOVER_SCRIPT }),
        },
      },
      'rehearsal',
    )
    for (const trial of [
      ...(load === undefined ? [] : [this.loadTrial(settings, load)]),
      ...(failover === undefined ? [] : [this.failoverTrial(settings, failover)]),
    ]) {
      this.addTrial(settings, trial)
    }
  }

  private loadTrial(settings: Settings, load: NonNullable<RehearsalSettings['load']>): Trial {
    addExternalSecret(this, settings, {
      zone: 'app',
      name: NAMES.loadTest,
      remote: 'load-test',
      properties: { login: 'login', password: 'password' },
      decidedBy: 'rehearsal',
    })
    const key = (name: string, secretKey: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: NAMES.loadTest, key: secretKey } },
    })
    return {
      name: NAMES.loadTest,
      script: 'load-test.py',
      env: [
        key('LOGIN', 'login'),
        key('PASSWORD_OF_USER', 'password'),
        { name: 'PGDATABASE', value: settings.database.name },
        { name: 'WAYBILL_BASE', value: `http://${NAMES.web}:${PORTS.odoo}` },
        { name: 'WAYBILL_USERS', value: String(load.users) },
        { name: 'WAYBILL_MINUTES', value: String(load.minutes) },
        { name: 'WAYBILL_LIMIT', value: String(load.seconds) },
      ],
      seconds: load.minutes * 60 + 600,
      speaksWithApi: false,
    }
  }

  private failoverTrial(settings: Settings, longest: number): Trial {
    const inData = metadata(settings, 'data', NAMES.failoverTest, 'ground')
    add<IRole>(
      this,
      'role',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: inData,
        rules: [
          {
            apiGroups: ['postgresql.cnpg.io'],
            resources: ['clusters'],
            resourceNames: [NAMES.database],
            verbs: ['get'],
          },
          // Which pod is the primary nobody knows beforehand.
          { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
        ],
      },
      'rehearsal.failover',
    )
    add<IRoleBinding>(
      this,
      'binding',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: inData,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAMES.failoverTest },
        subjects: [{ kind: 'ServiceAccount', name: NAMES.failoverTest, namespace: namespaceName(settings, 'app') }],
      },
      'rehearsal.failover',
    )
    return {
      name: NAMES.failoverTest,
      script: 'failover-test.py',
      env: [
        ...scriptEnv(settings, databaseHost(settings)),
        { name: 'WAYBILL_NAMESPACE', value: namespaceName(settings, 'data') },
        { name: 'WAYBILL_CLUSTER', value: NAMES.database },
        { name: 'WAYBILL_LONGEST', value: String(longest) },
      ],
      seconds: 3 * longest + 600,
      speaksWithApi: true,
    }
  }

  private addTrial(settings: Settings, { name, script, env, seconds, speaksWithApi }: Trial) {
    const { release } = settings
    add<IServiceAccount>(
      this,
      `${name}-account`,
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: metadata(settings, 'app', name, 'ground'),
        automountServiceAccountToken: false,
      },
      'rehearsal',
    )
    add<ICronJob>(
      this,
      name,
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: metadata(settings, 'app', name, 'edge'),
        spec: {
          schedule: NEVER,
          timeZone: 'Etc/UTC',
          suspend: true,
          concurrencyPolicy: 'Forbid',
          jobTemplate: {
            spec: {
              backoffLimit: 0,
              activeDeadlineSeconds: seconds,
              ttlSecondsAfterFinished: 604_800,
              template: {
                metadata: { labels: { ...commonLabels(settings, 'app'), app: name } },
                spec: {
                  ...scriptPod(settings, name, speaksWithApi),
                  containers: [
                    {
                      name: 'trial',
                      image: release.image,
                      command: ['python3', `${DIRECTORY}/${script}`],
                      env: [{ name: 'HOME', value: '/tmp' }, ...env],
                      resources: resources(REHEARSAL_JOB),
                      securityContext: SECURITY,
                      volumeMounts: [
                        { name: 'scripts', mountPath: DIRECTORY, readOnly: true },
                        { name: 'database-ca', mountPath: '/etc/database-ca', readOnly: true },
                        { name: 'tmp', mountPath: '/tmp' },
                      ],
                    },
                  ],
                  volumes: [
                    { name: 'scripts', configMap: { name: NAMES.rehearsal } },
                    { name: 'database-ca', secret: { secretName: NAMES.databaseCa } },
                    { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
                  ],
                },
              },
            },
          },
        },
      },
      { '': 'rehearsal', 'spec.jobTemplate.spec.template.spec.containers[0].image': 'release.image' },
    )
  }
}
