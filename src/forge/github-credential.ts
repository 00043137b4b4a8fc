import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { inputError } from '../spec/problem.ts'
import type { Variables } from './github-repository.ts'

/** What GitHub is shown: a token, or an app that gets itself one. */
export type GithubCredential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'app'; readonly id: string; readonly key: KeyObject }

/**
 * The credential in the environment, an app before any token: pull requests of an app start checks, and those of a
 * workflow's own token do not.
 *
 * @throws InputError when the key of the app is none
 */
export function credentialIn(variables: Variables): GithubCredential | undefined {
  const { WAYBILL_APP_ID: id, WAYBILL_APP_KEY: key } = variables
  if (id && key) return { kind: 'app', id, key: privateKey(key) }
  const token = variables.GH_TOKEN || variables.GITHUB_TOKEN
  return token ? { kind: 'token', token } : undefined
}

function privateKey(text: string): KeyObject {
  try {
    // Secrets that were pasted into one line have their line breaks spelled out.
    return createPrivateKey(text.replaceAll('\\n', '\n'))
  } catch {
    // The reason that OpenSSL gives can hold parts of the key.
    throw inputError('WAYBILL_APP_KEY', 'this is no private key in PEM', 'generate one in the settings of the app')
  }
}

/**
 * What an app says to be known as itself: a JSON Web Token of nine minutes, and a minute back for clocks that are ahead.
 *
 * @param at seconds since 1970
 * @see https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appToken({ id, key }: { readonly id: string; readonly key: KeyObject }, at: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: at - 60, exp: at + 540, iss: id })}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}
