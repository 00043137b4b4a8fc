import { OFFICIAL_USER } from '../../src/analysis/data/odoo-images.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, numberOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'the pod names the user of the image by number',
  fix: 'set runAsUser and runAsGroup to the numbers of the image, such as 100 and 101 for 18.0, and fsGroup to the group',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (odoo.image.style !== 'official') continue
      const { container, workload, image } = odoo
      const ofPod = fieldsOf(workload.pod.securityContext)
      const own = fieldsOf(container.fields.securityContext)
      const user = numberOf(own.runAsUser ?? ofPod.runAsUser)
      if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) === true && user === undefined) {
        const isOwn = own.runAsNonRoot !== undefined
        yield {
          source: workload.source,
          at: [...(isOwn ? container.at : [...workload.podAt, 'spec']), 'securityContext', 'runAsNonRoot'],
          message: `container "${container.name}" must not run as root and its image names its user by letters, so the kubelet refuses to start it`,
        }
      }
      const expected = image.published && image.series !== undefined ? OFFICIAL_USER[image.series]?.[0] : undefined
      if (user === undefined || user === 0 || expected === undefined || user === expected) continue
      if (numberOf(ofPod.fsGroup) !== undefined) continue
      yield {
        ...containerPlace(odoo),
        message: `container "${container.name}" runs as user ${user} and everything in its image belongs to ${expected}, so Odoo cannot write its data directory`,
      }
    }
  },
})
