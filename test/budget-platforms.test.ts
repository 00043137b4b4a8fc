import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { budgetOf } from '../src/analysis/budget.ts'
import { overBudget } from '../src/analysis/over-budget.ts'
import type { PodSet } from '../src/analysis/pod-set.ts'
import { EXAMPLES } from './example-platforms.ts'

test('the example platforms fit into what they allow themselves', () => {
  const found = EXAMPLES.flatMap(({ name, index, series }) => {
    const seriesOf = ({ labels: [labels] }: PodSet) => series.get(labels['waybill.dev/tenant'] ?? '')
    return overBudget(budgetOf(index, { seriesOf })).map(
      ({ kind, message }) => `${name} ${kind}: ${message.replace(/, so .*/, '')}`,
    )
  })
  assert.equal(found, [])
})

test('everything that runs on an example platform is counted, with numbers throughout', () => {
  for (const { name, index } of EXAMPLES) {
    const { environment, quotas } = budgetOf(index)
    for (const { set, pod } of environment.rows) {
      assert.ok(
        (pod.requests.get('cpu')?.nanos ?? 0n) > 0n && (pod.limits.get('memory')?.nanos ?? 0n) > 0n,
        `${name} ${set.id}`,
      )
      assert.equal(pod.unread, [], `${name} ${set.id}`)
    }
    const unjudged = new Set(quotas.unjudged.map(({ at }) => at.at(-1)))
    assert.equal([...unjudged].sort(), ['services.loadbalancers', 'services.nodeports'], name)
  }
})

test.run()
