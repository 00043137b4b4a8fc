const HOST_CALL = /\bHost(?:SNI)?\(([^()]*)\)/g
const QUOTED = /[`"']([^`"']+)[`"']/g

/** The hosts that a Traefik rule names, in the order of the rule; patterns are not hosts. */
export function hostsOf(match: unknown): string[] {
  if (typeof match !== 'string') return []
  return [...match.matchAll(HOST_CALL)].flatMap(([, names = '']) =>
    [...names.matchAll(QUOTED)].map(([, name = '']) => name),
  )
}

/** The rule with the hosts left out: two rules of the same shape for different hosts become one text. */
export function withoutHosts(match: string): string {
  return match.replaceAll(HOST_CALL, 'Host()')
}
