import { SEVERITIES } from '../lint/finding.ts'
import { PROFILES } from '../manifest/manifest-index.ts'
import { ADMISSION_SCHEMA } from './admission.ts'
import { ASKED_GATES_SCHEMA } from './asked-gates.ts'
import { COMPLIANCE_SCHEMA } from './compliance.ts'
import { CONTACTS_SCHEMA } from './contact.ts'
import { DATA_SCHEMA } from './data.ts'
import { FILESTORE_SCHEMA } from './documents.ts'
import { GITOPS_SCHEMA } from './gitops.ts'
import { IDENTITY_SCHEMA } from './identity.ts'
import { INTEGRATIONS_SCHEMA } from './integration.ts'
import { MIGRATION_SCHEMA } from './migration.ts'
import { NODE_POOL_SCHEMA } from './node-pool.ts'
import { OBSERVABILITY_SCHEMA } from './observability.ts'
import { OPERATORS_SCHEMA } from './operators.ts'
import { API_SCHEMA, POPULATION_SCHEMA } from './population.ts'
import { PROCESSES_SCHEMA } from './processes.ts'
import { COPIES_SCHEMA, RECOVERY_SCHEMA } from './recovery.ts'
import { REHEARSAL_SCHEMA } from './rehearsal.ts'
import { RIGHT_SIZING_SCHEMA } from './right-sizing.ts'
import { SCHEDULE_SCHEMA } from './schedule.ts'
import {
  BUCKET,
  CIDR,
  cidrs,
  closed,
  DAY,
  duration,
  HOST,
  IDENTIFIER,
  listOf,
  NAME,
  named,
  type Schema,
  size,
  text,
  whole,
} from './schema-terms.ts'
import { SSO_SCHEMA } from './sso.ts'
import { LOCAL_TENANCY_SCHEMA, RESTORE_SCHEMA, SHARED_SCHEMA, TENANCY_SCHEMA } from './tenancy.ts'
import { TIERS } from './tier.ts'
import { WAVES_SCHEMA } from './wave.ts'

/**
 * The JSON Schema of `platform.yaml` and `tenants/*.yaml`: what may be written where.
 *
 * It is also the contract of promotion. A key under `environments` belongs to the local half of a unit, every other key
 * to its promoted half, so a setting may stand in an environment only if it is listed for one here.
 */
const IMAGE = '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9._-]+)?@sha256:[0-9a-f]{64}$'

const image = text('The Odoo image, pinned by digest: a tag is rebuilt under your feet.', {
  pattern: IMAGE,
  examples: [`registry.example/bakery/odoo@sha256:${'0'.repeat(64)}`],
})

const moduleList = listOf('Odoo modules that this release installs and keeps up to date.', {
  oneOf: [
    text('The technical name of the module.', { pattern: IDENTIFIER }),
    closed(
      'A module with the version that its manifest states.',
      {
        name: text('The technical name of the module.', { pattern: IDENTIFIER }),
        version: text('The version in its manifest.', {
          pattern: '^[0-9]+(\\.[0-9]+){1,4}$',
          examples: ['18.0.1.2.0'],
        }),
      },
      ['name', 'version'],
    ),
  ],
})

const release = closed(
  'What runs: the image and the modules in it.',
  {
    odoo: { enum: ['16.0', '17.0', '18.0', '19.0'], description: 'The Odoo series that the image holds.' },
    image,
    modules: moduleList,
  },
  ['odoo', 'image'],
)

const hotfix = closed(
  'A release for this environment alone, out of turn. It is a finding while it stands.',
  {
    image,
    modules: moduleList,
    reason: text('Why it could not wait.'),
    expires: text('The last day on which it may stand.', { pattern: DAY, examples: ['2026-12-31'] }),
  },
  ['image', 'reason', 'expires'],
)

/** Where things are in a cluster: shared by all environments, or different in one. */
const PLACE: Record<string, Schema> = {
  ingress: closed('How requests come in.', {
    class: text('The ingress class that Traefik serves. Default: traefik.'),
    namespace: text('The namespace that Traefik runs in. Default: traefik.'),
    issuer: text('The ClusterIssuer of cert-manager that signs for the hosts. Default: letsencrypt.'),
    depth: whole('Proxies before Traefik that add to X-Forwarded-For. Default: 0, addresses come as they are.', 0, 5),
    waf: closed(
      'A firewall that looks into requests: a plugin of Traefik.',
      {
        plugin: text('The name under which Traefik knows the plugin.'),
        configuration: { type: 'object', description: 'What the plugin is told.' },
      },
      ['plugin', 'configuration'],
    ),
  }),
  secrets: closed('Where secrets come from.', {
    store: text('The ClusterSecretStore of External Secrets. Default: waybill.'),
    refresh: duration('How often they are read again. Default: 1h.'),
  }),
  storage: closed('The storage classes.', {
    block: text('For databases and caches, ReadWriteOnce. Default: the default class of the cluster.'),
    shared: text('For the filestore, ReadWriteMany. Default: shared.'),
  }),
  objectStorage: closed('Where backups and attachments go.', {
    bucket: text('The bucket. Default: waybill-backups.', { pattern: BUCKET }),
    endpoint: text('The S3 endpoint, when it is not that of AWS.', { pattern: '^https://' }),
    cidrs: cidrs('Addresses of the endpoint. Without them port 443 is open to any address but private ones.'),
    region: text('Its region.'),
    ...COPIES_SCHEMA,
  }),
  cluster: closed('Facts of the cluster that network rules need.', {
    apiServer: cidrs('Addresses of the API server. Without them port 6443 is open to any address.'),
    postgresNamespace: text('The namespace of the CloudNativePG operator. Default: cnpg-system.'),
    redisNamespace: text('The namespace of the Redis operator. Default: redis-operator.'),
    monitoringNamespace: text('The namespace of Prometheus. Default: monitoring.'),
  }),
  observability: OBSERVABILITY_SCHEMA,
  registry: closed('The registry of the Odoo images.', {
    credentials: text('The key of the secret store whose property dockerconfigjson opens it. Default: it is open.'),
  }),
  gitops: GITOPS_SCHEMA,
  operators: OPERATORS_SCHEMA,
  identity: IDENTITY_SCHEMA,
  rightSizing: RIGHT_SIZING_SCHEMA,
  sso: SSO_SCHEMA,
}

/** What a tenant may settle for all its environments, or for one of them. */
const SIZING: Record<string, Schema> = {
  tier: { enum: [...TIERS], description: 'What is promised, and with it every default. Default: silver.' },
  users: whole('How many people are at work at the same time.', 1),
  populations: named('Users by the way in which they use Odoo; their sum replaces `users`.', POPULATION_SCHEMA),
  peak: {
    type: 'number',
    minimum: 1,
    maximum: 10,
    description: 'Peak load as a multiple of the usual one. Default: by tier.',
  },
  web: closed('The pods that answer people and tills.', {
    replicas: whole('Pods at the usual load. Default: derived from users.', 1, 200),
    maxReplicas: whole('Pods that the autoscaler may reach. Default: derived from the peak.', 1, 400),
    workers: whole('Odoo workers in a pod. Default: derived from users.', 2, 16),
    memory: size('Memory limit of a pod. Default: derived from workers.'),
  }),
  websocket: closed('The pods that hold the live connections.', { replicas: whole('Default: by tier.', 1, 50) }),
  api: API_SCHEMA,
  cron: closed('The pod that runs scheduled actions.', {
    threads: whole('Actions that run at the same time. Default: 2.', 1, 16),
    timeLimit: duration('Longest time that one action may take. Default: 1h.'),
  }),
  queue: closed('The pod that runs queued jobs; needs the module queue_job.', {
    capacity: whole('Jobs that run at the same time. Default: 2.', 1, 64),
    channels: named('Capacity of the channels below root.', whole('Jobs of this channel at the same time.', 1, 64)),
    timeLimit: duration('Longest time that one job may take. Default: 15m.'),
  }),
  database: closed('The PostgreSQL cluster.', {
    major: whole('PostgreSQL major version. Default: 17.', 14, 18),
    instances: whole('PostgreSQL servers, the primary included. Default: by tier.', 1, 9),
    size: size('Volume of the data. Default: 20Gi.'),
    walSize: size('Volume of the write-ahead log, gold and up. Default: a fifth of the data.'),
    cpu: whole('Cores of a server. Default: derived from users.', 1, 96),
    memory: size('Memory of a server. Default: 4 GiB a core.'),
    ...RESTORE_SCHEMA,
    promotionToken: text('Of a switch on purpose: what the old primary says in status.demotionToken.'),
    pooler: { type: 'boolean', description: 'PgBouncer in front of the web pods. Default: above 150 connections.' },
  }),
  filestore: FILESTORE_SCHEMA,
  sso: SSO_SCHEMA,
  sessions: {
    enum: ['filestore', 'database', 'redis'],
    description: 'Where logins are kept. Default: by tier and by the modules of the release.',
  },
  backup: closed('Backups of the database.', {
    retention: duration('How far back a restore can reach. Default: by tier.'),
    schedule: text('Six fields, the first one is seconds. Default: 0 30 1 * * *', { pattern: '^\\S+( \\S+){5}$' }),
  }),
  recovery: RECOVERY_SCHEMA,
  data: DATA_SCHEMA,
  objectives: closed('Recovery objectives. They may only be tighter than those of the tier.', {
    rpo: duration('Longest loss of data after losing a node.'),
    rto: duration('Longest outage after losing a node.'),
    disasterRpo: duration('Longest loss of data after losing the cluster.'),
    disasterRto: duration('Longest outage after losing the cluster.'),
    availability: {
      type: 'number',
      minimum: 90,
      exclusiveMaximum: 100,
      description: 'Percent of requests that are answered without an error, over 30 days. Default: by tier.',
    },
  }),
  nodePool: NODE_POOL_SCHEMA,
  identity: IDENTITY_SCHEMA,
  rightSizing: RIGHT_SIZING_SCHEMA,
  overrides: {
    type: 'object',
    description: 'Merge patches (RFC 7386) on generated manifests, by Kind/name. One that matches nothing is an error.',
    propertyNames: { pattern: '^[A-Z][A-Za-z0-9]*/[a-z0-9][a-z0-9.-]*$' },
    additionalProperties: { type: 'object' },
  },
  extra: listOf(
    'Files of plain YAML that join the unit, relative to platform.yaml.',
    text('A path.', { pattern: '^[^/].*\\.ya?ml$' }),
  ),
}

const PORTS = '^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?(/(TCP|UDP|SCTP))?$'
const WORKLOAD = '^[A-Z][A-Za-z0-9]*/[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9.-]*$'
const LABEL_VALUE = '^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$'

const party: Schema = {
  if: { type: 'object' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    minProperties: 1,
    ...closed('Pods that answer to all that is given, or addresses outside.', {
      tenant: text('The tenant that they belong to.', { pattern: NAME }),
      zone: text('The zone of their namespace: app, data.', { pattern: LABEL_VALUE }),
      role: text('What they do in Odoo: web, websocket, cron, queue, migrate.', { pattern: LABEL_VALUE }),
      namespace: text('Their namespace.', { pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' }),
      workload: text('One workload, or what an operator makes of one object.', {
        pattern: WORKLOAD,
        examples: ['Deployment/erp/web'],
      }),
      labels: {
        type: 'object',
        minProperties: 1,
        description: 'Labels of the pods.',
        additionalProperties: { type: 'string', pattern: LABEL_VALUE },
      },
      outside: text('Addresses outside the cluster, and nothing else beside it.', { pattern: CIDR }),
    }),
    dependencies: { outside: { maxProperties: 1 } },
  },
  else: { const: 'outside', description: 'The word outside, or a map that says which pods.' },
}

const parties = (description: string): Schema => ({
  description,
  if: { type: 'array' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { type: 'array', items: party, minItems: 1 },
  else: party,
})

const flow: Schema = {
  ...closed(
    'One statement about who connects to whom.',
    {
      name: text('What a finding calls it. Default: the statement itself.'),
      allow: parties('Each of these has to reach each of `to`.'),
      deny: parties('None of these may reach any of `to`.'),
      only: parties('Nobody but these may reach any of `to`.'),
      to: parties('Whom the statement protects or serves.'),
      ports: listOf(
        'Ports that it speaks of. Default: any.',
        {
          type: ['integer', 'string'],
          description: 'A port, a range, or either with its protocol.',
          minimum: 1,
          maximum: 65_535,
          pattern: PORTS,
          examples: [5432, '8000-8010', '53/UDP'],
        },
        { minItems: 1 },
      ),
      environments: listOf('The environments in which it has to hold. Default: all.', text('A name.'), { minItems: 1 }),
    },
    ['to'],
  ),
  oneOf: ['allow: these reach `to`', 'deny: these do not', 'only: nobody else does'].map(description => {
    const [key = ''] = description.split(':')
    return { properties: { [key]: {} }, required: [key], description }
  }),
}

const flows = listOf('Who may connect to whom: it is proven of the manifests, and changes none of them.', flow)

/** `@person` or `@organisation/team`, as CODEOWNERS has them. */
const REVIEWER = '^@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+)?$'

const environment = closed('One environment is one Kubernetes cluster.', {
  after: text('The environment that feeds this one. Default: the one written before it.'),
  soak: duration('How long the environment before has to hold a revision before it may come here. Default: 0.'),
  approvals: whole('Approvals that a promotion into this environment needs. Default: 0.', 0, 10),
  standby: text('The environment for which this one stands by: it follows its databases, and runs nothing else.'),
  leads: {
    type: 'boolean',
    description: 'True after a switch: business runs here, and the other one follows.',
  },
  waves: WAVES_SCHEMA,
  gates: ASKED_GATES_SCHEMA,
  reviewers: listOf(
    'Who is asked to look at a promotion into this environment, besides the owners in CODEOWNERS.',
    text('A person or a team of the forge.', { pattern: REVIEWER, examples: ['@maria', '@octo/approvers'] }),
    { minItems: 1 },
  ),
  autoMerge: {
    type: 'boolean',
    description: 'Whether the bot merges a promotion by itself once every gate is open. Default: false.',
  },
  tier: SIZING.tier as Schema,
  kubernetes: text('The minor version that the cluster runs.', { pattern: '^1\\.[0-9]{2}$', examples: ['1.35'] }),
  profile: { enum: [...PROFILES], description: 'How strictly it is judged. Default: by tier.' },
  policies: {
    type: 'object',
    description: 'Severity of single policies in this environment.',
    additionalProperties: { enum: [...SEVERITIES, 'off'] },
  },
  reach: flows,
  admission: ADMISSION_SCHEMA,
  ...PLACE,
  shared: SHARED_SCHEMA,
  schedule: SCHEDULE_SCHEMA,
})

const tenantEnvironment = closed(
  'This tenant in this environment.',
  {
    host: text('The host name under which people reach Odoo.', { pattern: HOST }),
    aliases: listOf('More host names.', text('A host name.', { pattern: HOST })),
    release: hotfix,
    tenancy: LOCAL_TENANCY_SCHEMA,
    schedule: SCHEDULE_SCHEMA,
    rehearsal: REHEARSAL_SCHEMA,
    ...SIZING,
  },
  ['host'],
)

const TENANT: Record<string, Schema> = {
  release,
  owner: text('The team that answers for the tenant.', { pattern: NAME }),
  costCenter: text('Who pays; becomes a label.', { pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$' }),
  dataClass: {
    enum: ['public', 'internal', 'confidential'],
    description: 'Sensitivity of the data. Default: internal.',
  },
  calendar: text('The calendar, in calendar.yaml, that says when changes may reach it.'),
  integrations: INTEGRATIONS_SCHEMA,
  processes: PROCESSES_SCHEMA,
  contacts: CONTACTS_SCHEMA,
  migration: MIGRATION_SCHEMA,
  retired: { type: 'boolean', description: 'True takes the tenant out, environment by environment, as promotions.' },
  tenancy: TENANCY_SCHEMA,
  compliance: COMPLIANCE_SCHEMA,
  ...SIZING,
  environments: named('The environments in which the tenant lives.', tenantEnvironment),
}

const HEAD = {
  apiVersion: { const: 'waybill.dev/v1alpha1', description: 'The version of this format.' },
  metadata: (required: readonly string[]) =>
    closed('Names.', { name: text('The name.', { pattern: NAME }), owner: text('Who answers for it.') }, required),
}

export const PLATFORM_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'waybill platform',
  ...closed(
    'A platform: its environments in order, and the tenants on it.',
    {
      apiVersion: HEAD.apiVersion,
      kind: { const: 'Platform' },
      metadata: HEAD.metadata([]),
      environments: named('The pipeline, first environment first.', environment),
      reach: flows,
      ...PLACE,
      contacts: CONTACTS_SCHEMA,
      tenants: named(
        'The tenants; each may also stand in tenants/<name>.yaml.',
        closed('A tenant.', TENANT, ['release', 'environments']),
      ),
    },
    ['apiVersion', 'kind'],
  ),
}

export const TENANT_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'waybill tenant',
  ...closed(
    'One tenant, in a file of its own.',
    {
      apiVersion: HEAD.apiVersion,
      kind: { const: 'Tenant' },
      metadata: HEAD.metadata(['name']),
      ...TENANT,
    },
    ['apiVersion', 'kind', 'metadata', 'release', 'environments'],
  ),
}

export const REACH_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'waybill reach',
  ...closed(
    'Who may connect to whom, in a file of its own.',
    { apiVersion: HEAD.apiVersion, kind: { const: 'Reach' }, reach: flows },
    ['apiVersion', 'kind', 'reach'],
  ),
}
