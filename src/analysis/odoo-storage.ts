import type { Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { ATTACHMENT_STORES, SESSION_STORES } from './data/odoo-stores.ts'
import { isDurable, type Mount, mountOf } from './mounted-file.ts'
import type { OdooContainer } from './odoo-container.ts'

/** What Odoo keeps below its data directory. */
export type Kept = 'filestore' | 'sessions'

/** Where a container keeps something. */
export type Storage =
  /** Gone with the pod: in the image, or on a volume of the pod alone. */
  | { readonly kind: 'pod'; readonly mount: Mount | undefined }
  /** On a claim of its own for every pod of a StatefulSet. */
  | { readonly kind: 'replica'; readonly mount: Mount }
  | {
      readonly kind: 'claim'
      readonly mount: Mount
      readonly name: string
      /** `undefined` when the claim is not among the manifests. */
      readonly source: Source | undefined
      readonly modes: readonly string[]
    }
  /** On some other volume that outlives the pod. */
  | { readonly kind: 'volume'; readonly mount: Mount }

/** Where the default data directory of the official image lies: in the home of its user. */
const HOME_DATA = '/var/lib/odoo/.local/share/Odoo'

/** `undefined` when nobody can tell where the data directory is. */
export function storageOf(index: Index, odoo: OdooContainer, kept: Kept): Storage | undefined {
  const { mounts, workload } = odoo
  const folder = dataDirOf(odoo)
  if (folder === undefined) {
    // Wherever it is: without any lasting volume it is gone with the pod.
    return mounts.some(isDurable) ? undefined : { kind: 'pod', mount: undefined }
  }
  const mount = mountOf(mounts, `${folder.replace(/\/+$/, '')}/${kept}`)
  if (mount === undefined || !isDurable(mount)) return { kind: 'pod', mount }
  const template = listOf(fieldsOf(workload.source.manifest.spec).volumeClaimTemplates)
    .map(fieldsOf)
    .find(({ metadata }) => fieldsOf(metadata).name === mount.volumeName)
  if (template !== undefined) return { kind: 'replica', mount }
  const name = textOf(fieldsOf(mount.volume?.persistentVolumeClaim).claimName)
  if (name === undefined) return { kind: 'volume', mount }
  const source = index.find('PersistentVolumeClaim', name, workload.namespace)
  return { kind: 'claim', mount, name, source, modes: modesOf(source?.manifest.spec) }
}

function modesOf(spec: unknown): readonly string[] {
  const { accessModes }: Fields = fieldsOf(spec)
  return listOf(accessModes).map(String)
}

function dataDirOf({ config, image }: OdooContainer): string | undefined {
  const said = config.text('data_dir')
  if (said !== '') return said
  return image.style === 'official' ? HOME_DATA : undefined
}

/** Whether a module keeps them for all pods together; `undefined` when the modules cannot be read. */
export function isKeptElsewhere({ config, environment }: OdooContainer, kept: Kept): boolean | undefined {
  const stores = kept === 'sessions' ? SESSION_STORES : ATTACHMENT_STORES
  if (stores.variables.some(name => environment.get(name) !== undefined)) return true
  const modules = config.text('server_wide_modules')
  if (modules === undefined || environment.open) return undefined
  return modules.split(',').some(name => (stores.modules as readonly string[]).includes(name.trim()))
}
