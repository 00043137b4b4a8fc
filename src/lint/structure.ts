import type { Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { type Change, type LifecycleProblem, lifecycleProblems } from '../schema/lifecycle.ts'
import type { Registry } from '../schema/registry.ts'
import { evaluateRules } from '../schema/rule.ts'
import { validate } from '../schema/validate.ts'
import type { Severity } from './finding.ts'
import type { Policy } from './policy.ts'

/** Every manifest has the structure that its kind asks for; a kind that nobody knows is said, and decides under `--strict`. */
export function schemaPolicy(registry: Registry): Policy {
  return {
    name: 'schema',
    family: 'schema',
    title: 'manifests have the structure of their kind',
    fix: 'write the field as the API of the kind has it',
    severity: { lite: 'error', standard: 'error', strict: 'error' },
    *judge({ sources }) {
      for (const source of sources) {
        const result = validate(registry, source.manifest)
        if (result.outcome === 'unknown') yield { source, note: result.reason }
        else if (result.problems.length > 0) for (const violation of result.problems) yield { source, violation }
        else {
          const { problems, notEvaluated } = evaluateRules(registry, source.manifest)
          for (const violation of problems) yield { source, violation }
          for (const reason of notEvaluated) yield { source, notEvaluated: reason }
        }
      }
    },
  }
}

const LIFECYCLE: Readonly<Record<Change, Pick<Policy, 'name' | 'title' | 'fix'> & { readonly severity: Severity }>> = {
  removed: {
    name: 'removed-api',
    title: 'the cluster still serves what manifests use',
    fix: 'move to the replacement that the message names',
    severity: 'error',
  },
  deprecated: {
    name: 'deprecated-api',
    title: 'manifests use nothing that the cluster is going to lose',
    fix: 'move to the replacement that the message names',
    severity: 'warning',
  },
  'not-yet': {
    name: 'future-api',
    title: 'the cluster already serves what manifests use',
    fix: 'wait for the version that the message names, or do without',
    severity: 'error',
  },
}

/** What the cluster has lost, will lose, or does not have yet; for the newest known Kubernetes where none is declared. */
export function lifecyclePolicies(registry: Registry): Policy[] {
  const judged = new WeakMap<Index, readonly Judged[]>()
  return Object.entries(LIFECYCLE).map(([wanted, { severity, ...described }]) => ({
    ...described,
    family: 'schema',
    severity: { lite: severity, standard: severity, strict: severity },
    *judge(index) {
      const all = judged.get(index) ?? lifecycleOf(registry, index)
      judged.set(index, all)
      for (const { source, problem } of all) {
        const { change, ...violation } = problem
        if (change === wanted) yield { source, violation }
      }
    },
  }))
}

interface Judged {
  readonly source: Source
  readonly problem: LifecycleProblem
}

function lifecycleOf(registry: Registry, { sources, facts }: Index): readonly Judged[] {
  const minor = facts.kubernetes ?? registry.lifecycle.kubernetes
  return sources.flatMap(source =>
    lifecycleProblems(registry, source.manifest, minor).map(problem => ({ source, problem })),
  )
}
