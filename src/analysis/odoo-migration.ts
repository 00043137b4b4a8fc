import type { Source } from '../manifest/manifest.ts'
import { installationsOf, type Odoo } from './odoo.ts'
import { perIndex } from './per-index.ts'

/** A Job that brings a database to a release, and the servers that then work on it. */
export interface Migration {
  readonly job: Odoo
  readonly servers: readonly Odoo[]
}

/** Every Job that migrates, in the order of the manifests, with the lasting containers of the same Odoo. */
export const migrationsOf = perIndex((index): readonly Migration[] =>
  installationsOf(index).flatMap(members => {
    const servers = members.filter(({ lasting, role }) => lasting && role !== 'shell')
    return members
      .filter(
        ({ role, workload, container }) => role === 'migrate' && workload.kind === 'Job' && container.role !== 'init',
      )
      .map(job => ({ job, servers }))
  }),
)

const HOOK = 'argocd.argoproj.io/hook'
const WAVE = 'argocd.argoproj.io/sync-wave'

/** When Argo CD applies a manifest within one synchronisation. */
export interface SyncStep {
  /** `Sync` unless it is a hook of another phase. */
  readonly phases: readonly string[]
  readonly wave: number
  /** Whether anything says so. */
  readonly stated: boolean
}

export function syncStep({ manifest }: Source): SyncStep {
  const { [HOOK]: hook, [WAVE]: wave } = manifest.metadata.annotations ?? {}
  const phases = hook === undefined ? ['Sync'] : hook.split(',').map(phase => phase.trim())
  return { phases, wave: Number(wave ?? 0), stated: hook !== undefined || wave !== undefined }
}

export const SYNC_WAVE = ['metadata', 'annotations', WAVE] as const
export const SYNC_HOOK = ['metadata', 'annotations', HOOK] as const
