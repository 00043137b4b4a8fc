import { ApiObject, App, type Chart } from 'cdk8s'
import { DECIDED_BY } from '../charts/object.ts'
import { PlatformUnit } from '../charts/platform.ts'
import { TenantUnit } from '../charts/tenant.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf } from '../src/manifest/value.ts'
import { environmentNamed, PLATFORM_UNIT, type Platform } from '../src/spec/platform.ts'
import { type SettledPlatform, settlePlatform } from '../src/spec/platform-settings.ts'
import { readPlatform } from '../src/spec/read.ts'
import { type Settled, settle } from '../src/spec/settle.ts'
import type { Timetable } from '../src/spec/timetable.ts'
import { type Unit as SpecUnit, unitNamed } from '../src/spec/unit.ts'

/** One manifest of a chart, as it leaves the chart. */
export interface Written {
  readonly kind: string
  readonly name: string
  readonly namespace: string | undefined
  readonly manifest: Fields
  /** As the chart wrote it. */
  readonly given: unknown
  readonly decidedBy: Readonly<Record<string, string>>
}

/** A tenant's unit: what was settled, and what came of it. */
export interface Unit extends Settled {
  readonly written: readonly Written[]
}

export const IMAGE = `registry.example/bakery/odoo@sha256:${'a'.repeat(64)}`

/** The smallest platform that there is. */
export const BAKERY = `
apiVersion: waybill.dev/v1alpha1
kind: Platform
tenants:
  bakery:
    release: {odoo: "18.0", image: "${IMAGE}"}
    environments: {production: {host: erp.bakery.example, users: 25}}
`

/** A platform whose tenants use everything that there is. */
export const SHOPS = `
apiVersion: waybill.dev/v1alpha1
kind: Platform
metadata: {name: shops}
cluster: {apiServer: [192.0.2.1/32, 192.0.2.2/32]}
storage: {block: fast, shared: nfs}
objectStorage:
  bucket: shops-backups
  endpoint: https://s3.shops.example:9000
  cidrs: [203.0.113.0/28]
  lock: 40d
  offsite: {bucket: shops-elsewhere, region: eu-north-1, cidrs: [203.0.113.96/28]}
observability:
  labels: {release: prometheus}
  runbooks: https://git.shops.example/erp/blob/main
  receivers:
    critical: {kind: pagerduty, key: alerting/pagerduty}
    warning: {kind: slack, key: alerting/slack, channel: "#erp"}
  prober: {address: "blackbox.monitoring.svc:9115", websocketModule: websocket}
environments: {staging: {}, production: {}}
tenants:
  acme:
    owner: team-acme
    tier: gold
    costCenter: CC-17
    dataClass: confidential
    release: {odoo: "18.0", image: "${IMAGE}", modules: [sale, queue_job, session_redis]}
    populations:
      stores: {users: 300, from: [203.0.113.128/25], nat: true, pages: [/pos]}
      warehouse: {users: 0, from: [192.0.2.64/26]}
      partners: {rps: 5, seconds: 0.8, from: [198.51.100.0/24]}
    queue: {capacity: 4, channels: {edi: 2}}
    data:
      readers:
        forecast: {tables: [sale_order_line, stock_move], namespace: forecasting, connections: 3}
      publications:
        events: {tables: [sale_order], namespace: streaming}
      lake: {bucket: acme-lake, cidrs: [203.0.113.48/28]}
    processes:
      order-capture: {indicator: orders-confirmed, least: 5, hours: 6-18, fallback: order-capture-manual, tolerance: 30m}
      invoicing: {indicator: job-age, most: 600, owner: team-finance}
      pricing: {}
    integrations:
      carrier: {host: api.carrier.example, port: 443}
      smtp: {host: mail.example, port: 587, cidrs: [203.0.113.64/28]}
    environments:
      staging: {host: erp.staging.acme.example, tier: bronze, users: 5}
      production: {host: erp.acme.example, aliases: [shop.acme.example]}
  zenith:
    tier: platinum
    release: {odoo: "19.0", image: "${IMAGE}", modules: [session_db, fs_attachment]}
    filestore: {volume: false, bucket: zenith-papers}
    populations: {people: {users: 900}, machines: {rps: 20, seconds: 0.5}}
    environments: {production: {host: erp.zenith.example}}
  corner:
    tier: bronze
    release: {odoo: "16.0", image: "${IMAGE}"}
    environments: {production: {host: erp.corner.example}}
`

/** A provider that delivers: one tenant that lives with others until production, and one that never does. */
export const PROVIDER = `
apiVersion: waybill.dev/v1alpha1
kind: Platform
metadata: {name: provider}
gitops: {engine: argocd, repository: "https://git.provider.example/platform.git"}
operators: managed
identity: {groups: {platform: platform-people, database: database-people, audit: auditors}}
environments:
  dev: {tier: bronze, schedule: office, shared: {tenants: 3, calendar: office}, registry: {credentials: dev/registry}}
  production: {gitops: {revision: production}, rightSizing: true}
tenants:
  inn:
    tenancy: hybrid
    calendar: office
    identity: {groups: {application: inn-people}}
    release: {odoo: "18.0", image: "${IMAGE}", modules: [sale, queue_job, session_redis]}
    environments:
      dev: {host: dev.inn.example, users: 5}
      production: {host: inn.example, users: 40}
  palace:
    tier: gold
    calendar: office
    compliance: [pci]
    nodePool: palace
    release: {odoo: "17.0", image: "${IMAGE}", modules: [session_redis]}
    environments:
      dev: {host: dev.palace.example, tier: silver, users: 60}
      production: {host: palace.example, users: 900}
`

/** Business hours from Monday to Saturday, and a freeze in December. */
export const OFFICE: Timetable = {
  calendar: 'office',
  timezone: 'Europe/Paris',
  windows: [
    {
      kind: 'deny',
      schedule: '0 0 1 12 *',
      duration: '744h',
      timeZone: 'Europe/Paris',
      description: 'freeze "december"',
    },
  ],
  undated: [],
  open: [{ start: '0 7 * * 1-6', end: '0 19 * * 1-6' }],
  awake: [{ start: '45 6 * * 1-6', end: '15 19 * * 1-6' }],
  away: [
    {
      weekdays: [1, 2, 3, 4, 5, 6],
      times: [
        { from: '00:00', to: '06:00' },
        { from: '17:00', to: '24:00' },
      ],
    },
    { weekdays: [7], times: [{ from: '00:00', to: '24:00' }] },
  ],
  longestSleep: 127_800,
  backup: '0 0 12 * * 1-6',
  problems: [],
}

/** The platform of a text, all of whose calendars mean the same. */
export function readWith(platformYaml: string, timetable: Timetable = OFFICE): Platform {
  const platform = readPlatform(new Map([['platform.yaml', platformYaml]]), () => undefined)
  return { ...platform, timetable: ({ calendar }) => (calendar === undefined ? undefined : timetable) }
}

function found(platform: Platform, name: string, environment: string): SpecUnit {
  const declared = environmentNamed(platform, environment)
  const unit = declared && unitNamed(platform, declared, name)
  if (unit === undefined) throw new Error(`no ${name}/${environment}`)
  return unit
}

/** The tenant's unit in an environment of a platform. */
export function unitOf(platformYaml: string, tenant: string, environment: string, timetable = OFFICE): Unit {
  const settled = settle(found(readWith(platformYaml, timetable), tenant, environment))
  return { ...settled, written: writtenBy(new TenantUnit(new App(), tenant, settled.settings)) }
}

/** What the tenants of an environment share. */
export interface SharedUnit extends SettledPlatform {
  readonly written: readonly Written[]
}

/** The platform unit of an environment. */
export function platformUnitOf(platformYaml: string, environment: string, timetable = OFFICE): SharedUnit {
  const settled = settlePlatform(found(readWith(platformYaml, timetable), PLATFORM_UNIT, environment))
  return { ...settled, written: writtenBy(new PlatformUnit(new App(), PLATFORM_UNIT, settled.settings)) }
}

export function writtenBy(chart: Chart): Written[] {
  return chart.node
    .findAll()
    .filter(node => node instanceof ApiObject)
    .map(object => {
      const manifest: Fields = object.toJson()
      const metadata = fieldsOf(manifest.metadata)
      const decisions = object.node.metadata.filter(({ type }) => type === DECIDED_BY)
      return {
        kind: String(manifest.kind),
        name: String(metadata.name),
        namespace: metadata.namespace === undefined ? undefined : String(metadata.namespace),
        manifest,
        given: Reflect.get(object, 'props'),
        decidedBy: labelsOf(decisions[0]?.data),
      }
    })
}

/** The units on which every rule that holds for all of them is tried. */
export function everyUnit(): [string, Unit][] {
  const shops = (tenant: string, environment: string): [string, Unit] => [
    `${tenant}/${environment}`,
    unitOf(SHOPS, tenant, environment),
  ]
  return [
    ['bakery/production', unitOf(BAKERY, 'bakery', 'production')],
    shops('acme', 'production'),
    shops('acme', 'staging'),
    shops('zenith', 'production'),
    shops('corner', 'production'),
    ...everyEnvironment(PROVIDER, ['inn', 'palace'], ['dev', 'production']),
  ]
}

/** Those of them whose servers are their own. */
export function everyOwner(): [string, Unit][] {
  return everyUnit().filter(([, { settings }]) => settings.servers === undefined)
}

/** Everything that stands in the cluster for a unit: its own objects, and what it shares. */
export function around({ settings, written }: Unit): readonly Written[] {
  return settings.servers === undefined
    ? written
    : [...written, ...platformUnitOf(PROVIDER, settings.environment).written]
}

function everyEnvironment(yaml: string, tenants: readonly string[], environments: readonly string[]): [string, Unit][] {
  return tenants.flatMap(tenant =>
    environments.map((environment): [string, Unit] => [`${tenant}/${environment}`, unitOf(yaml, tenant, environment)]),
  )
}

export function ofKind(written: readonly Written[], kind: string): Written[] {
  return written.filter(object => object.kind === kind)
}

/** The one object of that kind and name. */
export function the(written: readonly Written[], kind: string, name: string): Fields {
  const found = written.filter(object => object.kind === kind && object.name === name)
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} ${kind}/${name}`)
  return found[0].manifest
}

/** What stands at `path`, with list indexes as numbers. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((here, step) => {
    if (typeof step === 'number') return listOf(here)[step]
    return fieldsOf(here)[step]
  }, value)
}

/** A workload's pods: its template, and how many of them at most. */
export interface Pods {
  readonly object: Written
  readonly labels: Readonly<Record<string, string>>
  readonly spec: Fields
  readonly containers: readonly Fields[]
  readonly initContainers: readonly Fields[]
}

/** Every workload that the charts write themselves. */
export function podsOf(written: readonly Written[]): Pods[] {
  return written
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job', 'CronJob'].includes(kind))
    .map(object => {
      const spread = object.kind === 'CronJob' ? ['jobTemplate', 'spec'] : []
      const template = at(object.manifest, 'spec', ...spread, 'template')
      const spec = fieldsOf(at(template, 'spec'))
      return {
        object,
        labels: labelsOf(at(template, 'metadata', 'labels')),
        spec,
        containers: listOf(spec.containers).filter(isFields),
        initContainers: listOf(spec.initContainers).filter(isFields),
      }
    })
}

/** The value of an environment variable. */
export function envOf(container: Fields | undefined, name: string): Fields | undefined {
  return listOf(container?.env)
    .filter(isFields)
    .find(variable => variable.name === name)
}
