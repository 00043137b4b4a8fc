import type { Settings } from '../src/spec/settings.ts'

/** A record of Odoo that belongs to the platform: the migration writes it, whatever somebody changed in it. */
export interface OdooRecord {
  readonly table: string
  /** The column that tells the record apart. */
  readonly key: string
  /** Columns that a series does not know are left out; text of the form `$NAME` comes from the environment of the Job. */
  readonly values: Readonly<Record<string, string | boolean>>
}

/** The records that the settings ask for. */
export function recordsOf(settings: Settings): OdooRecord[] {
  return [...storageRecords(settings), ...providerRecords(settings)]
}

/** The record that makes fs_attachment (OCA) put new attachments into the bucket; it fills in the names when it is read. */
function storageRecords({ filestore, place }: Settings): OdooRecord[] {
  if (filestore.bucket?.module !== 'fs_attachment') return []
  const options = {
    key: '$AWS_ACCESS_KEY_ID',
    secret: '$AWS_SECRET_ACCESS_KEY',
    ...(place.bucketEndpoint === undefined ? {} : { endpoint_url: '$AWS_HOST' }),
  }
  return [
    {
      table: 'fs_storage',
      key: 'code',
      values: {
        code: 'waybill',
        name: 'Attachments',
        protocol: 's3',
        options: JSON.stringify(options),
        eval_options_from_env: true,
        directory_path: filestore.bucket.name,
        is_cacheable: true,
        optimizes_directory_path: true,
        autovacuum_gc: true,
        use_as_default_for_attachments: true,
        check_connection_method: 'ls',
        // Small pictures and the code of pages are wanted at once, and are few.
        force_db_for_default_attachment_rules: '{"image/": 51200, "application/javascript": 0, "text/css": 0}',
      },
    },
  ]
}

/** The identity provider, as auth_oauth (Odoo) and auth_oidc (OCA) know it. */
function providerRecords({ sso }: Settings): OdooRecord[] {
  if (sso === undefined) return []
  return [
    {
      table: 'auth_oauth_provider',
      key: 'client_id',
      values: {
        client_id: sso.clientId,
        client_secret: '$OIDC_CLIENT_SECRET',
        code_verifier: '$OIDC_CODE_VERIFIER',
        name: sso.label,
        // A text with translations is a map from the language.
        body: JSON.stringify({ en_US: sso.label }),
        css_class: 'fa fa-fw fa-sign-in text-primary',
        flow: 'id_token_code',
        scope: 'openid profile email',
        token_map: 'sub:user_id',
        auth_endpoint: sso.authorization,
        token_endpoint: sso.token,
        jwks_uri: sso.keys,
        enabled: true,
      },
    },
  ]
}
