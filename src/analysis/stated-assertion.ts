import { type Fields, fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import { isProtocol, type PortRange } from './port-set.ts'
import type { Assertion, Party, PodParty } from './reach-assertion.ts'

const EXPECTATIONS = ['allow', 'deny', 'only'] as const

/** The label that says what a pod does in Odoo. */
const ROLE_LABEL = 'waybill.dev/role'

/** The assertion in a statement that the schema of the spec has let through: `{only: {zone: app}, to: {zone: data}}`. */
export function statedAssertion(value: Fields): Assertion {
  const expect = EXPECTATIONS.find(each => value[each] !== undefined) ?? 'allow'
  const ports = listOf(value.ports).flatMap(portsOf)
  const [from, to] = [partiesOf(value[expect]), partiesOf(value.to)]
  return {
    name: textOf(value.name) ?? `${expect} ${wordsOf(value[expect])} to ${wordsOf(value.to)}`,
    expect,
    from,
    to,
    ...(ports.length === 0 ? {} : { ports }),
  }
}

/** `5432`, `"8000-8010"`, `"53/UDP"`; TCP unless it says otherwise. */
function portsOf(value: unknown): readonly PortRange[] {
  const [range = '', protocol = 'TCP'] = String(value).split('/')
  const [first = '', last = first] = range.split('-')
  return isProtocol(protocol) ? [{ protocol, first: Number(first), last: Number(last) }] : []
}

function partiesOf(value: unknown): readonly Party[] {
  return (Array.isArray(value) ? value : [value]).map(partyOf)
}

function partyOf(value: unknown): Party {
  if (!isFields(value)) return { outside: true }
  const outside = textOf(value.outside)
  if (outside !== undefined) return { outside }
  const { role, labels, tenant, zone, namespace, workload } = value
  const wanted = { ...labelsOf(labels), ...(typeof role === 'string' ? { [ROLE_LABEL]: role } : {}) }
  const named: Readonly<Record<string, unknown>> = { tenant, zone, namespace, workload }
  const given = Object.entries(named).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return {
    ...(Object.fromEntries(given) as PodParty),
    ...(Object.keys(wanted).length === 0 ? {} : { pods: { matchLabels: wanted } }),
  }
}

/** `zone app of tenant acme`: a party as a sentence has it. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(' and ')
  if (!isFields(value)) return String(value)
  return Object.entries(value)
    .map(([key, entry]) =>
      isFields(entry)
        ? Object.entries(fieldsOf(entry))
            .map(([label, own]) => `${label}=${String(own)}`)
            .join(' ')
        : `${key} ${String(entry)}`,
    )
    .join(' ')
}
