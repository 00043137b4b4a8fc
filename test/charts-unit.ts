import { ApiObject, App, type Chart } from 'cdk8s'
import { DECIDED_BY } from '../charts/object.ts'
import { PlatformUnit } from '../charts/platform.ts'
import { TenantUnit } from '../charts/tenant.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf } from '../src/manifest/value.ts'
import { settlePlatform } from '../src/spec/platform-settings.ts'
import { readPlatform } from '../src/spec/read.ts'
import { type Settled, settle } from '../src/spec/settle.ts'
import { unitOf as platformUnit, unitsOf } from '../src/spec/unit.ts'

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

const IMAGE = `registry.example/bakery/odoo@sha256:${'a'.repeat(64)}`

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

/** The tenant's unit in an environment of a platform. */
export function unitOf(platformYaml: string, tenant: string, environment: string): Unit {
  const platform = readPlatform(new Map([['platform.yaml', platformYaml]]), () => undefined)
  const found = platform.environments
    .filter(({ name }) => name === environment)
    .flatMap(each => unitsOf(platform, each))
    .find(({ name }) => name === tenant)
  if (found === undefined) throw new Error(`no ${tenant}/${environment}`)
  const settled = settle(found)
  return { ...settled, written: writtenBy(new TenantUnit(new App(), tenant, settled.settings)) }
}

/** What the platform unit of an environment holds. */
export function platformOf(platformYaml: string, environment: string): Written[] {
  const platform = readPlatform(new Map([['platform.yaml', platformYaml]]), () => undefined)
  const found = platform.environments.find(({ name }) => name === environment)
  if (found === undefined) throw new Error(`no ${environment}`)
  const { settings } = settlePlatform(platformUnit(platform, found, undefined))
  return writtenBy(new PlatformUnit(new App(), 'platform', settings))
}

function writtenBy(chart: Chart): Written[] {
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
  ]
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
