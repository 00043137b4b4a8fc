import type { Settings } from '../../spec/settings.ts'

/** The environment of which a tenant's pages speak: where business runs, else the last one. */
export function mainOf(own: readonly Settings[]): Settings | undefined {
  return own.find(({ production, replica }) => production && replica?.follows !== true) ?? own.at(-1)
}
