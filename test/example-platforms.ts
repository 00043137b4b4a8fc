import { fileURLToPath } from 'node:url'
import { platformIn } from '../src/cli/workspace.ts'
import { diskTree } from '../src/files.ts'
import { type Index, indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import type { OdooSeries } from '../src/spec/facts/odoo.ts'
import { unitsOf } from '../src/spec/unit.ts'
import { render } from '../src/synth/render.ts'

const PLATFORMS = fileURLToPath(new URL('../../templates/platforms/', import.meta.url))

/** The environments of an example platform as they are written, and the Odoo series of each tenant. */
function environmentsOf(
  name: string,
): { readonly environment: string; readonly index: Index; readonly series: ReadonlyMap<string, OdooSeries> }[] {
  const platform = platformIn(diskTree(PLATFORMS + name))
  const series = new Map(
    platform.tenants.map(tenant => [tenant.name, (tenant.promoted.release as { readonly odoo: OdooSeries }).odoo]),
  )
  return platform.environments.map(environment => {
    const sources = unitsOf(platform, environment).flatMap(unit =>
      [...render(unit, 'test', platform.locate)]
        .filter(([path]) => path.endsWith('.yaml') && path !== 'kustomization.yaml')
        .flatMap(([path, text]) => parseManifests(`${unit.name}/${path}`, text).sources),
    )
    return {
      environment: environment.name,
      index: indexOf(sources, { profile: 'strict', name: environment.name }),
      series,
    }
  })
}

/** Every environment of every example platform. */
export const EXAMPLES = ['bakery', 'northwind'].flatMap(platform =>
  environmentsOf(platform).map(each => ({ ...each, name: `${platform}/${each.environment}` })),
)
