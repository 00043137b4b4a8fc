import { App } from 'cdk8s'
import { Bootstrap } from '../../../charts/bootstrap.ts'
import type { Platform } from '../../spec/platform.ts'
import { settlePlatform } from '../../spec/platform-settings.ts'
import { unitOf } from '../../spec/unit.ts'
import type { Pages } from '../annex.ts'
import { toYaml } from '../canonical-yaml.ts'
import { walk } from '../walk.ts'

/** What is applied by hand to a new cluster, one file for each environment that something delivers. */
export function bootstrapPages(platform: Platform): Pages {
  const pages = new Map<string, string>()
  for (const environment of platform.environments) {
    const { settings } = settlePlatform(unitOf(platform, environment, undefined))
    const { gitops } = settings
    if (gitops === undefined) continue
    const made = walk(new Bootstrap(new App(), 'bootstrap', { ...settings, gitops }))
    pages.set(`${environment.name}.yaml`, made.map(({ manifest }) => toYaml(manifest)).join('---\n'))
  }
  return pages
}
