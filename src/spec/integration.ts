import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf } from '../manifest/value.ts'
import type { Asking } from './asking.ts'
import { cidrs, closed, HOST, IDENTIFIER, listOf, NAME, named, type Schema, text, whole } from './schema-terms.ts'

/** A system that Odoo calls. */
export interface Integration {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly cidrs?: readonly string[]
  /** Properties of its key in the secret store; a file each in every pod that calls it. */
  readonly secret?: readonly string[]
}

/** What a person has to know of a system besides: the catalogue holds it, no manifest does. */
export interface IntegrationCard extends Integration {
  readonly carries?: string
  readonly owner?: string
  readonly protocol: string
  readonly channel?: string
  readonly critical: boolean
  readonly fallback?: string
}

export const INTEGRATIONS_SCHEMA: Schema = named(
  'Systems that Odoo calls.',
  closed(
    'A system that Odoo calls. Outside production its address stays closed.',
    {
      host: text('Its host name.', { pattern: HOST }),
      port: whole('Its port.', 1, 65_535),
      cidrs: cidrs('Its addresses. Without them the whole internet is open on that port, private ranges excepted.'),
      secret: listOf(
        'Properties of the key <tenant>/<environment>/integration-<name>: files below /etc/integrations/<name>.',
        text('The name of a property.', { pattern: '^[A-Za-z][A-Za-z0-9._-]*$' }),
        { minItems: 1, uniqueItems: true },
      ),
      carries: text('What goes over it: orders, payments, labels.'),
      owner: text('The team that answers for it. Default: the owner of the tenant.', { pattern: NAME }),
      protocol: text('How they speak. Default: https.', { pattern: '^[a-z][a-z0-9+-]*$' }),
      channel: text('The channel of the queue whose jobs use it.', { pattern: IDENTIFIER }),
      critical: { type: 'boolean', description: 'Whether business stops without it. Default: false.' },
      fallback: text('What to do while it is away, in one line.'),
    },
    ['host', 'port'],
  ),
)

/** The systems as the tenant declares them, whatever the environment. */
export function integrationCards(tenant: unknown): IntegrationCard[] {
  return Object.entries(fieldsOf(fieldsOf(tenant).integrations)).map(([name, value]) => {
    const { host, port, protocol, critical, ...rest } = fieldsOf(value)
    return {
      ...(rest as Partial<IntegrationCard>),
      name,
      host: String(host),
      port: Number(port),
      protocol: String(protocol ?? 'https'),
      critical: critical === true,
    }
  })
}

/** The systems whose addresses are open here: none outside production, or a copy would order and pay. */
export function integrationsOf({ unit, say, settle, contradict }: Asking): readonly Integration[] {
  const key: FieldPath = ['tenants', unit.name, 'integrations']
  const cards = integrationCards(unit.promoted.tenant)
  const channels = settle<Readonly<Record<string, number>>>('queue.channels', () => [{}, 'none', key])
  for (const { name, channel } of cards) {
    if (channel === undefined || Object.hasOwn(channels.value, channel)) continue
    contradict({
      message: `the integration "${name}" uses the channel "${channel}", which the queue does not have`,
      hint: 'add it to queue.channels, or leave out the channel',
      key: [...key, name, 'channel'],
      against: channels.key,
    })
  }
  if (!unit.production) return say('integrations', [], 'none outside production', key).value
  const open = cards.map(({ name, host, port, cidrs: known, secret }) => ({
    name,
    host,
    port,
    ...(known === undefined ? {} : { cidrs: known }),
    ...(secret === undefined ? {} : { secret }),
  }))
  return say('integrations', open, 'stated', key).value
}
