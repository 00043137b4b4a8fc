import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import { type Odoo, odooOf } from '../../src/analysis/odoo.ts'
import { type Storage, storageOf } from '../../src/analysis/odoo-storage.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

type Claim = Extract<Storage, { readonly kind: 'claim' }>

export default definePolicy({
  title: 'pods that run at the same time can all open the filestore',
  fix: 'use a ReadWriteMany volume or object storage; with one pod of one workload, strategy Recreate',
  severity: 'error',
  *check(index) {
    const users = new Map<string, { readonly claim: Claim; readonly users: Odoo[] }>()
    for (const odoo of odooOf(index).filter(({ lasting }) => lasting)) {
      const storage = storageOf(index, odoo, 'filestore')
      const { workload, replicas } = odoo
      if (storage?.kind === 'replica' && replicas.most > 1) {
        yield {
          ...storage.mount.place,
          message: `each pod of ${kindWords(workload.kind)} "${workload.name}" has a filestore of its own, so a document that one of them stored is missing in the others`,
        }
      }
      if (storage?.kind !== 'claim' || storage.modes.length === 0 || storage.modes.includes('ReadWriteMany')) continue
      const key = `${workload.namespace}/${storage.name}`
      const known = users.get(key)
      if (known === undefined) users.set(key, { claim: storage, users: [odoo] })
      else known.users.push(odoo)
    }
    for (const { claim, users: odoos } of users.values()) yield* judged(claim, odoos)
  },
})

function* judged({ source, name, modes, mount }: Claim, odoos: readonly Odoo[]) {
  const workloads = new Map(odoos.map(({ workload, replicas }) => [workload, replicas.most]))
  const pods = [...workloads.values()].reduce((sum, most) => sum + most, 0)
  if (source === undefined) return
  if (pods > 1) {
    const names = [...workloads.keys()].map(({ kind, name: own }) => `${kindWords(kind)} "${own}"`).join(', ')
    yield {
      source,
      at: ['spec', 'accessModes'],
      message: `claim "${name}" is ${modes.join(', ')} and up to ${Number.isFinite(pods) ? pods : 'any number of'} pods of ${names} mount it, so those on a second node never start`,
      evidence: odoos.map(({ workload, container }) =>
        evidenceAt({ source: workload.source, at: container.at }, `container "${container.name}" mounts it`),
      ),
    }
    return
  }
  for (const { source: manifest, kind, name: own } of workloads.keys()) {
    const { type = 'RollingUpdate', rollingUpdate } = fieldsOf(fieldsOf(manifest.manifest.spec).strategy)
    const { maxSurge = '25%' } = fieldsOf(rollingUpdate)
    if (kind !== 'Deployment' || type !== 'RollingUpdate' || maxSurge === 0 || maxSurge === '0%') continue
    yield {
      source: manifest,
      at: ['spec', 'strategy'],
      message: `deployment "${own}" starts the new pod before the old one ends, and claim "${name}" is ${modes.join(', ')}, so a rollout to another node waits for ever`,
      evidence: [evidenceAt(mount.place, 'it is mounted here')],
    }
  }
}
