import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { isKeptElsewhere, storageOf } from '../../src/analysis/odoo-storage.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'attachments outlive the pod',
  fix: 'mount a PersistentVolumeClaim at data_dir, or keep attachments in object storage',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting || odoo.role === 'shell' || isKeptElsewhere(odoo, 'filestore') === true) continue
      // Live connections store nothing.
      const storage = odoo.activity === 'websocket' ? undefined : storageOf(index, odoo, 'filestore')
      if (storage?.kind !== 'pod') continue
      const { mount } = storage
      const where = mount === undefined ? 'inside the pod' : `on volume "${mount.volumeName}", which ends with the pod`
      yield {
        ...(mount?.place ?? containerPlace(odoo)),
        message: `container "${odoo.container.name}" keeps its filestore ${where}, so every document and picture is gone at the next restart`,
      }
    }
  },
})
