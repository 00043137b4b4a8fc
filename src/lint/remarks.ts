import type { Remark } from '../manifest/parse.ts'
import type { Policy } from './policy.ts'

/** What was read, but hardly as it was meant, as the findings of a policy: a duplicate key, a `no` that became false. */
export function remarksPolicy(remarks: readonly Remark[]): Policy {
  return {
    name: 'ambiguous-yaml',
    family: 'schema',
    title: 'YAML says what its author meant',
    fix: 'write the value so that every reader of YAML takes it the same way; quote text',
    severity: { lite: 'warning', standard: 'warning', strict: 'error' },
    *judge({ sources }) {
      const known = new Set(sources)
      for (const { source, at, message } of remarks) {
        if (source !== undefined && known.has(source)) yield { source, violation: { at, message } }
      }
    },
  }
}
