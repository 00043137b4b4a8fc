import type { IApplicationSet } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ApplicationSet'
import { Construct } from 'constructs'
import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import { COMPARE, ignoredDifferences, syncPolicy } from './argo-sync.ts'
import { applicationName, type Delivered, IN_CLUSTER, unitPath } from './delivery.ts'
import { clusterMetadata } from './names.ts'
import { add } from './object.ts'

/** The name of the folder that a unit stands in, as an ApplicationSet calls it. */
const UNIT = '{{.path.basename}}'

/**
 * One application for each unit of the environment, as soon as its folder is there. The set makes and changes
 * applications and never deletes one, and one that is deleted by hand leaves what it brought: an edit of a list must not
 * be able to take a database away.
 */
export class ArgoApplications extends Construct {
  constructor(scope: Construct, id: string, settings: Delivered) {
    super(scope, id)
    const { gitops, platform, environment, production } = settings
    const { repository: repoURL, revision } = gitops
    add<IApplicationSet>(
      this,
      'tenants',
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        metadata: { ...clusterMetadata(settings, 'tenants', 'run'), namespace: gitops.namespace },
        spec: {
          goTemplate: true,
          goTemplateOptions: ['missingkey=error'],
          generators: [
            {
              git: {
                repoURL,
                revision,
                directories: [
                  { path: unitPath(settings, '*') },
                  { path: unitPath(settings, PLATFORM_UNIT), exclude: true },
                ],
              },
            },
          ],
          syncPolicy: { applicationsSync: 'create-update', preserveResourcesOnDeletion: true },
          // Whoever restores a database has to be able to stop delivery for an hour, and finds it stopped when he looks again.
          ignoreApplicationDifferences: [{ jsonPointers: ['/spec/syncPolicy/automated'] }],
          template: {
            metadata: {
              name: applicationName(settings, UNIT),
              labels: {
                'app.kubernetes.io/part-of': platform,
                'waybill.dev/environment': environment,
                'waybill.dev/tenant': UNIT,
              },
              annotations: COMPARE,
            },
            spec: {
              project: applicationName(settings, UNIT),
              source: { repoURL, targetRevision: revision, path: '{{.path.path}}' },
              destination: { server: IN_CLUSTER },
              syncPolicy: syncPolicy(),
              ignoreDifferences: ignoredDifferences(!production),
              revisionHistoryLimit: 5,
            },
          },
        },
      },
      'gitops.engine',
    )
  }
}
