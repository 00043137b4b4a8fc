import type { Index } from '../manifest/manifest-index.ts'
import type { Policy, Verdict } from './policy.ts'

/** What is stated of who connects to whom in an environment, as something that judges it. */
export type ReachJudge = (index: Index) => Iterable<Verdict>

/** Statements about who connects to whom are kept, those of people and those that hold in every environment of ours. */
export function reachPolicy(judgeOf: (index: Index) => ReachJudge | undefined): Policy {
  return {
    name: 'reach-assertion',
    family: 'network',
    title: 'who connects to whom is as the platform states it',
    fix: 'change the rule that this is about, or the statement under "reach" if the flow is meant',
    severity: { lite: 'error', standard: 'error', strict: 'error' },
    judge: index => judgeOf(index)?.(index) ?? [],
  }
}
