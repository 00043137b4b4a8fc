import { clusterOf } from '../../src/analysis/database-host.ts'
import { type PostgresCluster, postgresClustersOf, statementsOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

const POWERS = {
  superuser: 'superuser',
  createdb: 'createdb',
  createrole: 'createrole',
  bypassrls: 'bypassrls',
} as const

export default definePolicy({
  title: 'the user of Odoo owns its database and nothing else',
  fix: 'remove superuser, createdb, createrole and bypassrls, and keep enableSuperuserAccess false',
  severity: 'error',
  *check(index) {
    for (const cluster of postgresClustersOf(index)) {
      const { source, name, spec } = cluster
      const users = usersOf(cluster)
      if (spec.enableSuperuserAccess === true) {
        yield {
          source,
          at: ['spec', 'enableSuperuserAccess'],
          message: `cluster "${name}" gives the superuser a password, so whoever reads its Secret owns every database and the servers`,
        }
      }
      for (const [nth, entry] of listOf(fieldsOf(spec.managed).roles).entries()) {
        yield* powers(source, ['spec', 'managed', 'roles', nth], fieldsOf(entry), users)
      }
      for (const { at, sql } of statementsOf(cluster)) {
        const [, user = '', power = ''] =
          /^\s*ALTER\s+(?:ROLE|USER)\s+"?(\w+)"?\s+(?:WITH\s+)?.*\b(?<!NO)(SUPERUSER|CREATEDB|CREATEROLE|BYPASSRLS)\b/i.exec(
            sql,
          ) ?? []
        if (users.has(user)) yield judgement(source, at, user, power.toLowerCase())
      }
    }
    for (const source of index.ofKind('DatabaseRole', 'postgresql.cnpg.io')) {
      const cluster = postgresClustersOf(index).find(({ source: own }) => own === clusterOf(index, source))
      const users = cluster === undefined ? new Set<string>() : usersOf(cluster)
      yield* powers(source, ['spec'], fieldsOf(source.manifest.spec), users)
    }
  },
})

/** The users that Odoo connects as: the owner of the database, and whoever its configuration names. */
function usersOf({ owner, clients }: PostgresCluster): ReadonlySet<string> {
  const named = clients.map(({ config }) => config.text('db_user'))
  return new Set([owner, ...named].flatMap(name => (name === undefined || name === '' ? [] : [name])))
}

function* powers(source: Source, at: FieldPath, role: Fields, users: ReadonlySet<string>) {
  const name = textOf(role.name) ?? ''
  if (!users.has(name) || role.ensure === 'absent') return
  for (const power of Object.values(POWERS)) {
    if (role[power] === true) yield judgement(source, [...at, power], name, power)
  }
  const memberships = listOf(role.inRoles)
  if (memberships.includes('postgres')) yield judgement(source, [...at, 'inRoles'], name, 'membership in "postgres"')
}

function judgement(source: Source, at: FieldPath, user: string, power: string) {
  return {
    source,
    at,
    message: `user "${user}", as which Odoo connects, has ${power}, so whoever finds a hole in Odoo gets at databases and settings beyond its own`,
  }
}
