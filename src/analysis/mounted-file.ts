import type { Index } from '../manifest/manifest-index.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import type { Place } from './evidence.ts'
import { type StoreKind, storeOf } from './stored-text.ts'

/** One entry of `volumeMounts`. */
export interface Mount {
  readonly place: Place
  /** Without a slash at the end. */
  readonly path: string
  readonly subPath: string | undefined
  readonly volumeName: string
  /** The volume; `undefined` when the pod declares none of that name (a claim template does, or it is an error). */
  readonly volume: Fields | undefined
}

export function mountsOf(workload: Workload, container: Container): readonly Mount[] {
  const volumes = listOf(workload.pod.volumes).map(fieldsOf)
  return listOf(container.fields.volumeMounts).flatMap((entry, nth) => {
    const { mountPath, subPath, subPathExpr, name } = fieldsOf(entry)
    if (typeof mountPath !== 'string' || typeof name !== 'string') return []
    return [
      {
        place: { source: workload.source, at: [...container.at, 'volumeMounts', nth] },
        path: mountPath.replace(/(?<=.)\/+$/, ''),
        subPath: textOf(subPath) ?? textOf(subPathExpr),
        volumeName: name,
        volume: volumes.find(volume => volume.name === name),
      },
    ]
  })
}

/** The last mount that holds the path; `undefined` when it lies in the image. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts
    .filter(mount => isWithin(path, mount.path))
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.path.length >= best.path.length ? mount : best),
      undefined,
    )
}

/** Whether a path is the folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

/** A file that a volume puts into a container. */
export interface MountedFile {
  readonly path: string
  /** `undefined` when the text is not in the manifests. */
  readonly text: string | undefined
  readonly place: Place
  readonly kind: StoreKind | undefined
}

/**
 * The file at a path of a container, if a volume holds that path. A volume that is no ConfigMap and no Secret may hold
 * anything: its text is unknown. `undefined` when the path lies in the image, or the volume surely has no such file.
 */
export function mountedFile(
  index: Index,
  workload: Workload,
  mounts: readonly Mount[],
  path: string,
): MountedFile | undefined {
  const mount = mountOf(mounts, path)
  if (mount === undefined) return undefined
  const unknown = { path, text: undefined, place: mount.place, kind: undefined }
  if (mount.volume === undefined) return unknown
  const inVolume =
    path === mount.path ? (mount.subPath ?? '') : joined(mount.subPath, path.slice(mount.path.length + 1))
  const parts = partsOf(mount.volume)
  if (parts === undefined) return unknown
  for (const { kind, name, items } of parts) {
    const key = items === undefined ? inVolume : items.get(inVolume)
    if (key === undefined) continue
    const store = storeOf(index, kind, name, workload.namespace)
    const found = store?.texts.get(key)
    if (found !== undefined) return { path, text: found.text, place: found.place, kind }
    if (store === undefined || store.open) return { ...unknown, kind }
  }
  return undefined
}

function joined(folder: string | undefined, rest: string): string {
  return folder === undefined || folder === '' ? rest : `${folder}/${rest}`
}

/** A ConfigMap or Secret in a volume, with the key behind each path when only some of them are in it. */
interface Part {
  readonly kind: StoreKind
  readonly name: string
  readonly items: ReadonlyMap<string, string> | undefined
}

/** What a volume is made of; `undefined` when it is made of something else. */
function partsOf(volume: Fields): readonly Part[] | undefined {
  const { configMap, secret, projected } = volume
  if (isFields(configMap)) return [partOf('ConfigMap', configMap.name, configMap.items)]
  if (isFields(secret)) return [partOf('Secret', secret.secretName, secret.items)]
  if (!isFields(projected)) return undefined
  return listOf(projected.sources).flatMap(entry => {
    const { configMap: map, secret: hidden } = fieldsOf(entry)
    if (isFields(map)) return [partOf('ConfigMap', map.name, map.items)]
    return isFields(hidden) ? [partOf('Secret', hidden.name, hidden.items)] : []
  })
}

function partOf(kind: StoreKind, name: unknown, items: unknown): Part {
  const listed = listOf(items).map(fieldsOf)
  const byPath = new Map(listed.map(({ key, path }) => [textOf(path) ?? '', textOf(key) ?? '']))
  return { kind, name: textOf(name) ?? '', items: listed.length === 0 ? undefined : byPath }
}

/** Volumes whose content outlives the pod. A claim template of a StatefulSet has no volume in the pod. */
const DURABLE = [
  'persistentVolumeClaim',
  'nfs',
  'csi',
  'cephfs',
  'glusterfs',
  'azureFile',
  'awsElasticBlockStore',
  'gcePersistentDisk',
  'azureDisk',
  'iscsi',
  'fc',
  'rbd',
  'hostPath',
] as const

/** Whether what is written there is still there after a restart of the pod. An ephemeral claim goes with the pod. */
export function isDurable({ volume }: Mount): boolean {
  return volume === undefined || DURABLE.some(kind => volume[kind] !== undefined)
}

/** Every file of the name that ConfigMaps and Secrets put into a container, by the path it has there. */
export function mountedFilesNamed(
  index: Index,
  workload: Workload,
  mounts: readonly Mount[],
  names: readonly string[],
): readonly MountedFile[] {
  return mounts.flatMap(mount => {
    const paths = names.some(name => mount.path.endsWith(`/${name}`))
      ? [mount.path]
      : names.map(name => `${mount.path}/${name}`)
    return paths.flatMap(path => {
      const found = mountOf(mounts, path) === mount ? mountedFile(index, workload, mounts, path) : undefined
      return found === undefined || found.kind === undefined ? [] : [found]
    })
  })
}
