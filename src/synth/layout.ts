import type { Manifest } from '../manifest/manifest.ts'

/** The folder of everything that clusters obey. */
export const ENVIRONMENTS = 'environments'
export const UNIT_FILE = 'unit.json'
export const KUSTOMIZATION = 'kustomization.yaml'

/** Whether a path is that of the record of a unit. */
export function isUnitFile(path: string): boolean {
  return path === UNIT_FILE || path.endsWith(`/${UNIT_FILE}`)
}

/** `environments/production/acme`. */
export function unitFolder(environment: string, unit: string): string {
  return `${ENVIRONMENTS}/${environment}/${unit}`
}

/** `acme-production-app/deployment.odoo-web.yaml`, below the folder of the unit; `_cluster` holds what has no namespace. */
export function manifestPath({ kind, metadata }: Manifest): string {
  return `${metadata.namespace ?? '_cluster'}/${kind.toLowerCase()}.${metadata.name.replace(/[^a-z0-9.-]/g, percentEncoded)}.yaml`
}

/** Names of RBAC objects may hold colons and capitals, which not every file system tells apart. */
function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
