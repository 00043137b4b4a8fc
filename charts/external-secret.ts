import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret'
import type { Construct } from 'constructs'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, remoteKey, type Zone } from './names.ts'
import { add } from './object.ts'

/** A Secret that External Secrets writes: nothing of it stands in Git but where it comes from. */
export interface ExternalSecret {
  readonly zone: Zone
  readonly name: string
  /** Under which key of the store it stands: `database` is `acme/production/database`. */
  readonly remote: string
  /** Whether that key stands for several tenants, so that it is the whole key: `alerting/pagerduty`. */
  readonly shared?: boolean
  /** Properties of that key, by the name under which the template speaks of them. */
  readonly properties: Readonly<Record<string, string>>
  /** The Secret's data; `{{ .password }}` is a property. Without it the properties are the data. */
  readonly template?: Readonly<Record<string, string>>
  readonly type?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly decidedBy: string
}

/** Adds the ExternalSecret, and with it the Secret of the same name. */
export function addExternalSecret(scope: Construct, settings: Settings, secret: ExternalSecret) {
  const { zone, name, remote, shared, properties, template, type, labels } = secret
  const { secretStore, secretRefresh } = settings.place
  add<IExternalSecret>(
    scope,
    `${zone}-${name}`,
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadata(settings, zone, name, 'ground'),
      spec: {
        refreshPolicy: 'Periodic',
        refreshInterval: secretRefresh,
        secretStoreRef: { kind: 'ClusterSecretStore', name: secretStore },
        target: {
          name,
          creationPolicy: 'Owner',
          // A store that is away for a while takes no database with it.
          deletionPolicy: 'Retain',
          ...(template === undefined && labels === undefined
            ? {}
            : {
                template: {
                  engineVersion: 'v2',
                  ...(type === undefined ? {} : { type }),
                  ...(labels === undefined ? {} : { metadata: { labels } }),
                  ...(template === undefined ? {} : { data: template }),
                },
              }),
        },
        data: Object.entries(properties).map(([secretKey, property]) => ({
          secretKey,
          remoteRef: { key: shared ? remote : remoteKey(settings, remote), property },
        })),
      },
    },
    secret.decidedBy,
  )
}
