import { Construct } from 'constructs'
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import { DUTIES, type Duty, type Groups } from '../src/spec/identity.ts'
import { type Home, metadata, type Zone } from './names.ts'
import { add } from './object.ts'

interface Rule {
  readonly apiGroups: string[]
  readonly resources: string[]
  readonly verbs: string[]
}

const READ = ['get', 'list', 'watch']

const rule = (group: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [group],
  resources: [...resources],
  verbs: [...verbs],
})

/** Everything but Secrets: whoever reads one of those is whoever it is the password of. */
const LOOK_ON: Rule[] = [
  rule(
    '',
    [
      'configmaps',
      'events',
      'limitranges',
      'persistentvolumeclaims',
      'pods',
      'resourcequotas',
      'serviceaccounts',
      'services',
    ],
    READ,
  ),
  rule('apps', ['deployments', 'replicasets', 'statefulsets'], READ),
  rule('batch', ['cronjobs', 'jobs'], READ),
  rule('external-secrets.io', ['externalsecrets'], READ),
  rule('networking.k8s.io', ['networkpolicies'], READ),
  rule('policy', ['poddisruptionbudgets'], READ),
  rule('rbac.authorization.k8s.io', ['rolebindings', 'roles'], READ),
]

/** The same where Odoo runs: how requests come in, and how many pods answer them. */
const LOOK_ON_ODOO: Rule[] = [
  ...LOOK_ON,
  rule('autoscaling', ['horizontalpodautoscalers'], READ),
  rule('cert-manager.io', ['certificaterequests', 'certificates'], READ),
  rule('keda.sh', ['scaledobjects'], READ),
  rule('traefik.io', ['ingressroutes', 'middlewares', 'serverstransports', 'tlsoptions'], READ),
]

const SERVERS = ['backups', 'clusters', 'databaseroles', 'databases', 'poolers', 'scheduledbackups']
const SEE_SERVERS = [rule('postgresql.cnpg.io', SERVERS, READ), rule('barmancloud.cnpg.io', ['objectstores'], READ)]
const LOGS = rule('', ['pods/log'], ['get'])
/** A pod that is deleted is a pod that starts anew. */
const RESTART = rule('', ['pods'], ['delete'])
/** To stop what writes, and to start it again; nothing of the pods themselves can be changed by it. */
const SCALE = rule('apps', ['deployments/scale'], ['get', 'patch', 'update'])
const INSIDE = rule('', ['pods/exec', 'pods/portforward'], ['create', 'get'])

/**
 * What each duty may do in a namespace of a zone.
 *
 * Whoever may change a Cluster, a DatabaseRole or a Pooler, or enter a pod of the servers, is superuser of every database
 * in it (CloudNativePG, "Security"): so that is for whoever runs the databases, and for nobody else.
 */
const RULES: Readonly<Record<Zone, Readonly<Record<Duty, (production: boolean) => Rule[]>>>> = {
  app: {
    platform: () => [
      ...LOOK_ON_ODOO,
      LOGS,
      RESTART,
      SCALE,
      rule('policy', ['poddisruptionbudgets'], ['patch', 'update']),
    ],
    database: () => [],
    // Inside a pod stands the password of the database: in production nobody needs it.
    application: production => [...LOOK_ON_ODOO, LOGS, RESTART, SCALE, ...(production ? [] : [INSIDE])],
    audit: () => [...LOOK_ON_ODOO, LOGS],
  },
  data: {
    platform: () => [...LOOK_ON, ...SEE_SERVERS],
    database: () => [
      ...LOOK_ON,
      ...SEE_SERVERS,
      LOGS,
      RESTART,
      INSIDE,
      rule('postgresql.cnpg.io', SERVERS, ['create', 'patch', 'update']),
      rule('postgresql.cnpg.io', ['clusters/status'], ['patch', 'update']),
      rule('postgresql.cnpg.io', ['backups'], ['delete']),
    ],
    application: () => SEE_SERVERS,
    audit: () => [...LOOK_ON, ...SEE_SERVERS],
  },
  // What comes back here is all that production knows: to be looked at, and entered by nobody.
  restore: {
    platform: () => [...LOOK_ON, ...SEE_SERVERS],
    database: () => [...LOOK_ON, ...SEE_SERVERS, LOGS],
    application: () => [],
    audit: () => [...LOOK_ON, ...SEE_SERVERS, LOGS],
  },
}

/** Who may do what in a namespace: one Role for each duty that has a group, bound to that group alone. */
export class Access extends Construct {
  constructor(scope: Construct, id: string, home: Home, zone: Zone, groups: Groups, production: boolean) {
    super(scope, id)
    for (const duty of DUTIES) {
      const group = groups[duty]
      const rules = RULES[zone][duty](production)
      if (group === undefined || rules.length === 0) continue
      const placed = metadata(home, zone, dutyRole(duty), 'ground')
      add<IRole>(
        this,
        `${duty}-role`,
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: placed, rules },
        'identity.groups',
      )
      add<IRoleBinding>(
        this,
        `${duty}-binding`,
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: placed,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: placed.name },
          subjects: [groupSubject(group)],
        },
        'identity.groups',
      )
    }
  }
}

export function dutyRole(duty: Duty): string {
  return `waybill-${duty}`
}

export function groupSubject(name: string) {
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }
}
