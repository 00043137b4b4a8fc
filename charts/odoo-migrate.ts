import { Construct } from 'constructs'
import type { IJob } from 'kubernetes-models/batch/v1/Job'
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings } from '../src/spec/settings.ts'
import { commonLabels, databaseHost, metadata, NAMES, odooSelector } from './names.ts'
import { add } from './object.ts'
import {
  addAccount,
  CONFIG_ARGUMENT,
  documentsEnv,
  ODOO_MOUNTS,
  podSpec,
  runnerOff,
  SCRIPTS_MOUNT,
  scriptEnv,
} from './odoo-pod.ts'
import { SCRIPTS_DIR } from './odoo-scripts.ts'
import { SECURITY } from './pod-security.ts'
import { resources } from './sizes.ts'

/** Seconds after which a migration is given up. */
const DEADLINE = 7_200
/** Seconds for which a finished Job is kept to be read: a week. */
const KEPT = 604_800

/** Bytes of address space a migration may take. A process addresses about twice what it holds in memory. */
const ADDRESS_SPACE = 2 * ODOO.migrationMemory * 1024 * 1024

/** What the record of the identity provider is filled in with. */
function ssoEnv({ sso }: Settings): IEnvVar[] {
  if (sso === undefined) return []
  const key = (name: string, secretKey: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: NAMES.sso, key: secretKey } },
  })
  return [key('OIDC_CLIENT_SECRET', 'clientSecret'), key('OIDC_CODE_VERIFIER', 'codeVerifier')]
}

/** The Job that brings the database to the release, before any pod of the release starts. */
export class OdooMigrate extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { release, migration, schedule } = settings
    addAccount(this, settings, 'migrate')
    add<IJob>(
      this,
      'job',
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: metadata(settings, 'app', `${NAMES.migrate}-${release.id}`, 'migrate', {
          'argocd.argoproj.io/hook': 'Sync',
          'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
          ...(release.hotfix === undefined
            ? {}
            : { 'waybill.dev/hotfix': `until ${release.hotfix.expires}: ${release.hotfix.reason}` }),
          // Nothing of a Job can be changed; Flux may take it away and make it anew.
          'kustomize.toolkit.fluxcd.io/force': 'enabled',
        }),
        spec: {
          // A migration that broke off is looked at by a person; a second try on a half-done one makes it worse.
          backoffLimit: 0,
          completions: 1,
          parallelism: 1,
          // Servers that sleep when it starts are awake in the morning.
          activeDeadlineSeconds: DEADLINE + (schedule?.longestSleep ?? 0),
          ttlSecondsAfterFinished: KEPT,
          template: {
            metadata: { labels: { ...commonLabels(settings, 'app'), ...odooSelector('migrate') } },
            spec: {
              ...podSpec(settings, 'migrate'),
              restartPolicy: 'Never',
              containers: [
                {
                  name: 'odoo',
                  image: release.image,
                  command: ['python3', `${SCRIPTS_DIR}/migrate.py`],
                  // The script adds which modules to install and to update.
                  args: [
                    'odoo',
                    CONFIG_ARGUMENT,
                    '--no-http',
                    '--workers=0',
                    '--max-cron-threads=0',
                    `--limit-memory-hard=${ADDRESS_SPACE}`,
                    '--stop-after-init',
                    ...ODOO.withoutDemo[release.odoo],
                  ],
                  env: [
                    ...scriptEnv(settings, databaseHost(settings)),
                    { name: 'WAYBILL_MODULES', value: release.modules.join(',') },
                    { name: 'HOME', value: '/tmp' },
                    ...documentsEnv(settings),
                    ...ssoEnv(settings),
                    ...runnerOff(settings),
                  ],
                  resources: resources(migration),
                  securityContext: SECURITY,
                  volumeMounts: [...ODOO_MOUNTS, SCRIPTS_MOUNT],
                },
              ],
            },
          },
        },
      },
      {
        '': 'release',
        'spec.template.spec.containers[0].image': 'release.image',
        'spec.template.spec.containers[0].resources': 'migration.memory',
      },
    )
  }
}
