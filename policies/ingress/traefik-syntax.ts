import { isMatchFault, parseMatch } from '../../src/analysis/traefik-match.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

/** Middlewares by the name that Traefik 2 knew: doc.traefik.io, "Migration: Traefik v2 to v3", read August 2026. */
const RENAMED: Readonly<Record<string, string>> = { ipWhiteList: 'ipAllowList' }

/** Named parts of an expression, which Traefik 2 had. */
const NAMED_PART = /\{[A-Za-z][\w-]*:/

export default definePolicy({
  title: 'routes are written for Traefik 3',
  fix: 'join tests by || and &&, give each one value, and use ipAllowList',
  severity: 'error',
  *check(index) {
    for (const source of index.ofKind('IngressRoute', 'traefik.io')) {
      for (const [nth, entry] of listOf(fieldsOf(source.manifest.spec).routes).entries()) {
        const { match, syntax } = fieldsOf(entry)
        const at = ['spec', 'routes', nth, 'match']
        const text = textOf(match) ?? ''
        if (syntax === 'v2') continue
        const parsed = parseMatch(text)
        if (isMatchFault(parsed)) {
          yield {
            source,
            at,
            message: `the match is refused at character ${parsed.offset + 1}: ${parsed.reason}, so Traefik drops the route and answers "not found"`,
          }
        } else if (NAMED_PART.test(text)) {
          yield {
            source,
            at,
            message: `the match names a part of an expression in braces, which Traefik 3 takes for ordinary characters, so the route never answers`,
          }
        }
      }
    }
    for (const source of index.ofKind('Middleware', 'traefik.io')) {
      const { name } = source.manifest.metadata
      for (const old of Object.keys(fieldsOf(source.manifest.spec)).filter(key => Object.hasOwn(RENAMED, key))) {
        yield {
          source,
          at: ['spec', old],
          message: `middleware "${name}" is an ${old}, which Traefik 3 calls ${RENAMED[old]}, so every route that names it is dropped`,
        }
      }
    }
  },
})
