import { formatDuration } from '../../spec/duration.ts'
import { SHARED_LIMITS } from '../../spec/facts/tenancy.ts'
import { DUTIES } from '../../spec/identity.ts'
import type { Platform, Tenant } from '../../spec/platform.ts'
import type { Settings } from '../../spec/settings.ts'
import { burdenOf } from '../../spec/tenancy.ts'
import type { Pages } from '../annex.ts'
import { toYaml } from '../canonical-yaml.ts'

/**
 * Who the tenants are, where they live and who answers for them; what the platform can be reached by, and reaches. A
 * platform of one tenant needs none of it: its file says as much.
 */
export function tenancyPages(platform: Platform, settings: readonly Settings[]): Pages {
  const living = platform.tenants.filter(({ retired }) => !retired)
  if (living.length < 2) return new Map()
  return new Map([
    ['endpoints.yaml', toYaml(endpoints(platform, settings))],
    ['tenancy.md', tenancy(living, settings)],
    ['tenants.yaml', toYaml(tenants(living, settings))],
  ])
}

function unitsOf(tenant: Tenant, settings: readonly Settings[]): readonly Settings[] {
  return settings.filter(unit => unit.tenant === tenant.name)
}

function tenants(living: readonly Tenant[], settings: readonly Settings[]) {
  const described = living.map(tenant => {
    const { name, owner, calendar } = tenant
    const units = unitsOf(tenant, settings)
    const [first] = units
    return {
      name,
      ...(owner === undefined ? {} : { owner }),
      ...(calendar === undefined ? {} : { calendar }),
      ...(first?.costCenter === undefined ? {} : { costCenter: first.costCenter }),
      ...(first === undefined ? {} : { dataClass: first.dataClass, compliance: [...first.compliance] }),
      environments: units.map(({ environment, tier, hosts, servers, schedule, groups, objectives }) => ({
        name: environment,
        tier,
        hosts: [...hosts],
        servers: servers === undefined ? 'own' : 'shared',
        up: schedule === undefined ? 'always' : 'business hours',
        objectives: Object.fromEntries(
          Object.entries(objectives).map(([objective, seconds]) => [objective, formatDuration(seconds)]),
        ),
        // Who is called for what; a duty without a group is nobody's here, so it is the cluster administrators'.
        responsible: Object.fromEntries(DUTIES.map(duty => [duty, groups[duty] ?? 'nobody named'])),
      })),
    }
  })
  return { tenants: described }
}

/**
 * Every address that the platform answers under, and every one that it calls. Routes, certificates and network rules are
 * made of the same settings, so that they cannot drift apart; this is where a person, or a firewall, reads them off.
 */
function endpoints({ environments }: Platform, settings: readonly Settings[]) {
  const within = (name: string) => settings.filter(({ environment }) => environment === name)
  return {
    environments: environments.map(({ name }) => ({
      name,
      hosts: within(name).flatMap(({ tenant, hosts, place }) =>
        hosts.map(host => ({ name: host, tenant, ingress: place.ingressClass })),
      ),
      integrations: within(name).flatMap(({ tenant, integrations }) =>
        integrations.map(({ name: integration, host, port, cidrs }) => ({
          name: integration,
          tenant,
          host,
          port,
          addresses: cidrs === undefined ? 'any public one' : [...cidrs],
        })),
      ),
      logins: [...new Set(within(name).flatMap(({ sso }) => (sso === undefined ? [] : [sso.token, sso.keys])))],
      buckets: [...new Set(within(name).flatMap(bucketsOf))].sort(),
    })),
  }
}

/** The buckets of a unit: of its backups and their copy, of its attachments, of analyses. */
function bucketsOf({ backup, servers, place, filestore, data }: Settings): string[] {
  const saved = (servers ?? { backup }).backup
  return [
    saved === undefined ? undefined : place.bucket,
    saved?.offsite?.bucket,
    filestore.bucket?.name,
    data?.lake?.bucket,
  ].filter(bucket => bucket !== undefined)
}

/** Why each tenant lives where it does: what speaks for servers of its own, whatever they cost. */
function tenancy(living: readonly Tenant[], settings: readonly Settings[]): string {
  const { customModules, integrations, rpo } = SHARED_LIMITS
  const rows = living.map(tenant => {
    const units = unitsOf(tenant, settings)
    const burden = burdenOf(tenant.promoted)
    const where = units.map(({ environment, servers }) => `${environment}: ${servers === undefined ? 'own' : 'shared'}`)
    const least = Math.min(...units.map(({ objectives }) => objectives.rpo))
    return [
      tenant.name,
      units[0]?.compliance.join(', ') || 'none',
      String(burden.own),
      String(burden.integrations),
      [...new Set(units.map(({ tier }) => tier))].join(', '),
      formatDuration(least),
      where.join(', '),
    ]
  })
  const head = ['Tenant', 'Complies with', 'Own modules', 'Integrations', 'Tiers', 'Least loss', 'Servers']
  return [
    '# Where tenants live, and why',
    '',
    'A tenant gets PostgreSQL servers of its own when somebody from outside checks it (hipaa, pci, sox), when its tier is',
    `platinum, when it has more than ${customModules} modules of its own or ${integrations} integrations, or when it may lose less than ${formatDuration(rpo)}`,
    'of work. Cost is none of the reasons. A statement to the contrary is an error, and names the reason.',
    '',
    ...[head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n')
}
