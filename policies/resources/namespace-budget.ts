import { inhabitedNamespaces } from '../../src/analysis/inhabited-namespace.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { namespaceOf } from '../../src/manifest/manifest-index.ts'

const KINDS = ['ResourceQuota', 'LimitRange'] as const

const CONSEQUENCE: Readonly<Record<(typeof KINDS)[number], string>> = {
  ResourceQuota: 'its workloads can take what the other namespaces need',
  LimitRange: 'a container that names no resources is bounded by nothing',
}

export default definePolicy({
  title: 'every namespace with workloads has a ResourceQuota and a LimitRange',
  fix: 'add a ResourceQuota over requests and limits, and a LimitRange with defaults for containers',
  severity: { lite: 'off', standard: 'info', strict: 'error' },
  *check(index) {
    const bounded = new Map(KINDS.map(kind => [kind, new Set(index.ofKind(kind).map(namespaceOf))]))
    for (const { name, source, at } of inhabitedNamespaces(index)) {
      for (const kind of KINDS) {
        if (bounded.get(kind)?.has(name)) continue
        yield { source, at, message: `namespace "${name}" has no ${kind}, so ${CONSEQUENCE[kind]}` }
      }
    }
  },
})
