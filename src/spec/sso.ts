import type { Asking } from './asking.ts'
import { cidrs, closed, type Schema, text } from './schema-terms.ts'

/** The identity provider with which people log in to Odoo (OpenID Connect, authorization code flow). */
export interface Sso {
  readonly label: string
  readonly clientId: string
  readonly authorization: string
  readonly token: string
  readonly keys: string
  readonly cidrs?: readonly string[]
}

const ADDRESS = '^https://[^ ]+$'

export const SSO_SCHEMA: Schema = closed(
  'How people log in; needs the module auth_oidc. The store holds clientSecret and codeVerifier under "sso".',
  {
    issuer: text('The address of the identity provider.', { pattern: '^https://[^ ]*[^ /]$' }),
    clientId: text('The name by which it knows Odoo: a tenant without one keeps its own passwords.'),
    label: text('What the button says. Default: Log in with your company account'),
    authorization: text('Where people log in. Default: that of Keycloak below the issuer.', { pattern: ADDRESS }),
    token: text('Where Odoo gets its token. Default: that of Keycloak below the issuer.', { pattern: ADDRESS }),
    keys: text('Where the keys of the provider are. Default: those of Keycloak below the issuer.', {
      pattern: ADDRESS,
    }),
    cidrs: cidrs('Its addresses. Without them the whole internet is open on port 443, private ranges excepted.'),
  },
)

/** How people log in; `undefined` where Odoo keeps their passwords itself. */
export function ssoOf({ find, say, release, contradict }: Asking): Sso | undefined {
  const asked = find('sso')
  if (asked === undefined) return undefined
  const value = <T>(name: string) => find<T>(`sso.${name}`)?.value
  const issuer = value<string>('issuer')
  const clientId = value<string>('clientId')
  // What the platform says of its provider holds for tenants that it knows by a name.
  if (clientId === undefined && asked.key[0] !== 'tenants') return undefined
  if (issuer === undefined || clientId === undefined) {
    contradict({
      message: `sso has no ${issuer === undefined ? 'issuer' : 'clientId'}`,
      hint: 'state both; they may stand in different places of the spec',
      key: asked.key,
    })
    return undefined
  }
  if (!release.value.modules.includes('auth_oidc')) {
    contradict({
      message: 'sso needs the module "auth_oidc", which the release does not have',
      hint: 'add it to release.modules, and to the image',
      key: asked.key,
      against: release.key,
    })
  }
  const keycloak = `${issuer}/protocol/openid-connect`
  const known = value<readonly string[]>('cidrs')
  const sso: Sso = {
    label: value<string>('label') ?? 'Log in with your company account',
    clientId,
    authorization: value<string>('authorization') ?? `${keycloak}/auth`,
    token: value<string>('token') ?? `${keycloak}/token`,
    keys: value<string>('keys') ?? `${keycloak}/certs`,
    ...(known === undefined ? {} : { cidrs: known }),
  }
  return say('sso', sso, 'stated', asked.key).value
}
