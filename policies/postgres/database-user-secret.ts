import { evidenceAt } from '../../src/analysis/evidence.ts'
import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { storeOf } from '../../src/analysis/stored-text.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

const KEYS = ['username', 'password']

export default definePolicy({
  title: 'the Secret of the database user is for the owner of the database',
  fix: 'put the owner as username beside password, type kubernetes.io/basic-auth',
  severity: 'error',
  *check(index) {
    for (const { source, name, namespace, spec } of postgresClustersOf(index)) {
      const { secret, owner } = fieldsOf(fieldsOf(spec.bootstrap).initdb)
      const secretName = textOf(fieldsOf(secret).name)
      const store = secretName === undefined ? undefined : storeOf(index, 'Secret', secretName, namespace)
      if (store === undefined || store.open) continue
      const evidence = [
        evidenceAt({ source, at: ['spec', 'bootstrap', 'initdb', 'secret', 'name'] }, `cluster "${name}" reads it`),
      ]
      for (const key of KEYS.filter(wanted => !store.texts.has(wanted))) {
        yield {
          source: store.source,
          at: store.source.manifest.kind === 'Secret' ? ['data'] : ['spec', 'target', 'template', 'data'],
          message: `secret "${secretName}" has no ${key}, so cluster "${name}" never sets the password of its user and Odoo is refused`,
          evidence,
        }
      }
      const username = store.texts.get('username')
      const isKnown = username?.text !== undefined && !username.text.includes('{{')
      if (!isKnown || typeof owner !== 'string' || username.text === owner) continue
      const what =
        username.text.trim() === owner ? 'ends its username in a line break' : `is for another user than "${owner}"`
      yield {
        ...username.place,
        message: `secret "${secretName}" ${what}, so cluster "${name}" never sets the password of its user and Odoo is refused`,
        evidence,
      }
    }
  },
})
