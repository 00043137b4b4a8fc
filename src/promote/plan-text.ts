import { count } from '../report/plural.ts'
import { short } from '../synth/unit-file.ts'
import type { Newer } from './candidate.ts'
import { isClosed } from './gate.ts'
import { formatTime } from './instant.ts'
import type { PromotionPlan } from './plan.ts'

/** Who rides, who waits for what and until when, and who has nothing to promote: a line for each fact. */
export function planLines({ riding, waiting, standing, from, to }: PromotionPlan): string[] {
  const lines = riding.flatMap(({ unit, previous, revision, newer }) => [
    `${unit}  ${previous === undefined ? 'new' : short(previous)} → ${revision === undefined ? 'removed' : short(revision)}`,
    ...newerLines(unit, to, newer),
  ])
  for (const { unit, gates, newer } of waiting) {
    for (const { name, reason, opens } of gates.filter(isClosed)) {
      lines.push(`${unit}  waits for ${name}: ${reason}${opens === undefined ? '' : `; opens: ${opens}`}`)
    }
    lines.push(...newerLines(unit, to, newer))
  }
  lines.push(...standing.flatMap(({ unit, ...newer }) => newerLines(unit, to, newer)))
  const idle = standing.filter(({ soaking, behind, onHold }) => soaking.length + behind.length + onHold.length === 0)
  lines.push(...idle.filter(({ present }) => !present).map(({ unit }) => `${unit}  is not in ${from} yet`))
  const upToDate = idle.filter(({ present }) => present).length
  return upToDate > 0 ? [...lines, `${count(upToDate, 'unit')} up to date`] : lines
}

/** Revisions that do not go yet, with what they wait for. */
export function newerLines(unit: string, to: string, { soaking, behind, onHold }: Newer): string[] {
  return [
    ...soaking.map(
      ({ held, ready }) =>
        `${unit}  ${short(held.revision)} soaks${ready === undefined ? '' : ` until ${formatTime(ready)}`}`,
    ),
    ...behind.map(
      ({ held, gate: { reason, eta } }) =>
        `${unit}  ${short(held.revision)} ${reason}${eta === undefined ? '' : `; opens ${formatTime(eta)}`}`,
    ),
    ...onHold.map(held => `${unit}  ${short(held.revision)} is on hold; \`waybill resume ${to} ${unit}\` lifts it`),
  ]
}
