import type { metadata } from './names.ts'

/** The fields of postgresql.cnpg.io/v1 DatabaseRole (CloudNativePG 1.30, June 2026) that are used here. */
export interface IDatabaseRole {
  readonly apiVersion: 'postgresql.cnpg.io/v1'
  readonly kind: 'DatabaseRole'
  readonly metadata: ReturnType<typeof metadata>
  readonly spec: {
    readonly cluster: { readonly name: string }
    readonly name: string
    readonly login: true
    readonly connectionLimit: number
    readonly replication?: true
    readonly passwordSecret: { readonly name: string }
    readonly databaseRoleReclaimPolicy: 'retain'
  }
}
