import { Construct } from 'constructs'
import type { IClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole'
import type { IClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import { dutyRole, groupSubject } from './access.ts'
import { clusterMetadata } from './names.ts'
import { add } from './object.ts'

const READ = ['get', 'list', 'watch']

/** What stands in no namespace, and may be seen by whoever looks on. */
const CLUSTER_WIDE = [
  { apiGroups: [''], resources: ['namespaces', 'nodes', 'persistentvolumes'], verbs: READ },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: [
      'mutatingwebhookconfigurations',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'validatingwebhookconfigurations',
    ],
    verbs: READ,
  },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ },
  { apiGroups: ['cert-manager.io'], resources: ['clusterissuers'], verbs: READ },
  { apiGroups: ['external-secrets.io'], resources: ['clustersecretstores'], verbs: READ },
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings', 'clusterroles'], verbs: READ },
  { apiGroups: ['scheduling.k8s.io'], resources: ['priorityclasses'], verbs: READ },
  { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: READ },
]

const RULES = {
  platform: [
    ...CLUSTER_WIDE,
    { apiGroups: [''], resources: ['pods'], verbs: READ },
    // Emptying a node before it is worked on.
    { apiGroups: [''], resources: ['nodes'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: ['metrics.k8s.io'], resources: ['nodes', 'pods'], verbs: ['get', 'list'] },
  ],
  audit: CLUSTER_WIDE,
} as const

/** What whoever runs the cluster, and whoever looks on, may do outside of the namespaces of tenants. */
export class ClusterAccess extends Construct {
  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id)
    for (const duty of ['platform', 'audit'] as const) {
      const group = settings.groups[duty]
      if (group === undefined) continue
      const metadata = clusterMetadata(settings, dutyRole(duty), 'ground')
      add<IClusterRole>(
        this,
        `${duty}-role`,
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata,
          rules: RULES[duty].map(({ apiGroups, resources, verbs }) => ({
            apiGroups: [...apiGroups],
            resources: [...resources],
            verbs: [...verbs],
          })),
        },
        'identity.groups',
      )
      add<IClusterRoleBinding>(
        this,
        `${duty}-binding`,
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
          subjects: [groupSubject(group)],
        },
        'identity.groups',
      )
    }
  }
}
