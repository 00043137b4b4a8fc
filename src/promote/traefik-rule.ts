const HOST_CALL = /\bHost(?:SNI)?\(([^()]*)\)/g
const QUOTED = /[`"']([^`"']+)[`"']/g

/** The hosts that a Traefik rule names, in the order of the rule; patterns are not hosts. */
export function hostsOf(match: unknown): string[] {
  if (typeof match !== 'string') return []
  return [...match.matchAll(HOST_CALL)].flatMap(([, names = '']) =>
    [...names.matchAll(QUOTED)].map(([, name = '']) => name),
  )
}

/**
 * The rule with the hosts left out, so that rules of the same shape for different hosts become one text: what else it
 * asks for, or `any path`.
 */
export function withoutHosts(match: string): string {
  const shape = match.replaceAll(HOST_CALL, 'Host()').replace(/^Host\(\)(\s*&&\s*|$)/, '')
  return shape === '' ? 'any path' : shape
}
