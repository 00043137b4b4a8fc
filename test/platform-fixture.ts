import type { Platform } from '../src/spec/platform.ts'
import { InputError, type Problem } from '../src/spec/problem.ts'
import { readPlatform } from '../src/spec/read.ts'

export const DIGEST = 'ab'.repeat(32)

/** Six lines, one tenant: the smallest platform there is. */
export const BAKERY = `apiVersion: waybill.dev/v1alpha1
kind: Platform
tenants:
  bakery:
    release: {odoo: "18.0", image: "registry.example/bakery/odoo@sha256:${DIGEST}"}
    environments: {production: {host: erp.bakery.example, users: 25}}
`

/** A platform read from the text of its files. */
export function platformOf(text: string, files: Readonly<Record<string, string>> = {}): Platform {
  const tenants = Object.entries(files).filter(([path]) => path.startsWith('tenants/'))
  return readPlatform(new Map([['platform.yaml', text], ...tenants]), path => files[path])
}

/** The problems that reading or settling a text gives; the empty list when it gives none. */
export function problemsOf(act: () => unknown): readonly Problem[] {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error.problems
    throw error
  }
  return []
}
