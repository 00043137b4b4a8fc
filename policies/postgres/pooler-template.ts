import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, isFields, listOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'the template of a pooler speaks of the container "pgbouncer"',
  fix: 'name the container pgbouncer, or write containers: []',
  severity: 'error',
  *check(index) {
    for (const source of index.ofKind('Pooler', 'postgresql.cnpg.io')) {
      const { template } = fieldsOf(source.manifest.spec)
      const { spec } = fieldsOf(template)
      if (!isFields(spec)) continue
      const { containers } = spec
      const { name } = source.manifest.metadata
      const at = ['spec', 'template', 'spec', 'containers']
      if (!Array.isArray(containers)) {
        yield {
          source,
          at,
          message: `the template of pooler "${name}" lists no containers, so the API server refuses it`,
        }
        continue
      }
      const names = listOf(containers).map(entry => String(fieldsOf(entry).name))
      if (names.length === 0 || names.includes('pgbouncer')) continue
      yield {
        source,
        at: [...at, 0, 'name'],
        message: `the template of pooler "${name}" is for container "${names[0]}", so PgBouncer gets none of it and a stranger starts beside`,
      }
    }
  },
})
