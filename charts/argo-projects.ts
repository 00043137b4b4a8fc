import type { IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject'
import type { IProjectRole } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ProjectRole'
import { Construct } from 'constructs'
import { OPERATORS } from '../src/spec/facts/operators.ts'
import { DUTIES, type Duty, type Groups } from '../src/spec/identity.ts'
import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import type { Resident } from '../src/spec/resident.ts'
import { applicationName, type Delivered, IN_CLUSTER } from './delivery.ts'
import { clusterMetadata, namespaceName, sharedNamespace } from './names.ts'
import { add } from './object.ts'
import { operatorNamespace } from './operators.ts'

/** What each duty may do with the applications of a project. */
const ACTIONS: Readonly<Record<Duty, readonly string[]>> = {
  platform: ['get', 'sync', 'override', 'update', 'action/*'],
  database: ['get'],
  application: ['get', 'sync', 'action/apps/Deployment/restart'],
  audit: ['get'],
}

/** What operators bring that stands in no namespace. */
const OF_OPERATORS = [
  { group: '', kind: 'Namespace' },
  { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' },
  { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
  { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', kind: 'APIService' },
  { group: 'networking.k8s.io', kind: 'IngressClass' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
]

/**
 * The walls around what Argo CD delivers: each tenant may reach its own namespaces, from this one repository, and nothing
 * of the cluster but those namespaces themselves. Its calendar opens and closes the door.
 */
export class ArgoProjects extends Construct {
  constructor(scope: Construct, id: string, settings: Delivered) {
    super(scope, id)
    for (const [tenant, resident] of Object.entries(settings.residents)) addTenant(this, settings, tenant, resident)
    if (settings.operators.size > 0) addOperators(this, settings)
  }
}

function addTenant(scope: Construct, settings: Delivered, tenant: string, resident: Resident) {
  const { environment, gitops, groups } = settings
  const { timetable, tenancy, application } = resident
  const name = applicationName(settings, tenant)
  const own = (['app', 'data', 'restore'] as const).map(zone => namespaceName({ tenant, environment }, zone))
  const reached = [...own, ...(tenancy === 'shared' ? [sharedNamespace(settings)] : [])]
  const windows = timetable?.windows ?? []
  const until = timetable?.exactUntil
  add<IAppProject>(
    scope,
    tenant,
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: {
        ...clusterMetadata(settings, name, 'ground', {
          // After that day the dated windows are those of a year ago: renew the year in calendar.yaml before.
          ...(until === undefined ? {} : { 'waybill.dev/windows-exact-until': until }),
        }),
        namespace: gitops.namespace,
      },
      spec: {
        description: `The tenant ${tenant} in ${environment}`,
        sourceRepos: [gitops.repository],
        destinations: reached.map(namespace => ({ server: IN_CLUSTER, namespace })),
        clusterResourceWhitelist: own.map(name => ({ group: '', kind: 'Namespace', name })),
        roles: rolesOf(name, { ...groups, ...(application === undefined ? {} : { application }) }),
        ...(windows.length === 0
          ? {}
          : {
              syncWindows: windows.map(window => ({
                ...window,
                manualSync: false,
                applications: [name],
              })),
            }),
        ...signed(settings),
      },
    },
    'residents',
  )
}

function addOperators(scope: Construct, settings: Delivered) {
  const { gitops, groups } = settings
  const operators = [...settings.operators.keys()]
  const { platform, audit } = groups
  const name = applicationName(settings, PLATFORM_UNIT)
  const unique = (values: readonly string[]) => [...new Set(values)].sort()
  add<IAppProject>(
    scope,
    PLATFORM_UNIT,
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { ...clusterMetadata(settings, name, 'operators'), namespace: gitops.namespace },
      spec: {
        description: `The operators of ${settings.environment}`,
        sourceRepos: unique(operators.map(operator => OPERATORS[operator].repository)),
        destinations: unique(['kube-system', ...operators.map(operator => operatorNamespace(settings, operator))]).map(
          namespace => ({ server: IN_CLUSTER, namespace }),
        ),
        clusterResourceWhitelist: OF_OPERATORS.map(({ group, kind }) => ({ group, kind })),
        roles: rolesOf(name, {
          ...(platform === undefined ? {} : { platform }),
          ...(audit === undefined ? {} : { audit }),
        }),
      },
    },
    'operators',
  )
}

/** A role for each duty that has a group; there is no local user, and no token. */
function rolesOf(project: string, groups: Groups): IProjectRole[] {
  return DUTIES.flatMap(duty => {
    const group = groups[duty]
    if (group === undefined) return []
    const allow = (action: string) => `p, proj:${project}:${duty}, applications, ${action}, ${project}/*, allow`
    return [{ name: duty, description: `Members of ${group}`, groups: [group], policies: ACTIONS[duty].map(allow) }]
  })
}

function signed({ gitops }: Delivered) {
  return gitops.signatureKeys.length === 0 ? {} : { signatureKeys: gitops.signatureKeys.map(keyID => ({ keyID })) }
}
