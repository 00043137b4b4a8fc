import { kindWords } from '../../src/analysis/kind-words.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'

const CHANGES: Readonly<Record<string, string>> = {
  init: 'installs modules',
  reinit: 'installs modules anew',
  update: 'updates modules',
}
const LASTING = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Pod']

export default definePolicy({
  title: 'pods change no modules when they start',
  fix: 'install and update modules in one Job before the rollout',
  severity: 'error',
  *check(index) {
    for (const { command, container, workload } of odooOf(index)) {
      if (!LASTING.includes(workload.kind)) continue
      for (const { program, words, arguments: given } of command.invocations) {
        const change = given.find(({ option, value }) => Object.hasOwn(CHANGES, option.name) && value !== '')
        const isMigration = program.startsWith('click-odoo-')
        const place = change?.place ?? words[0]?.place ?? { source: workload.source, at: container.at }
        if (change === undefined && !isMigration) continue
        const what = CHANGES[change?.option.name ?? ''] ?? `runs ${program}`
        yield {
          ...place,
          message: `container "${container.name}" of ${kindWords(workload.kind)} "${workload.name}" ${what} whenever a pod starts, so two pods that start together break the registry for all`,
        }
      }
    }
  },
})
