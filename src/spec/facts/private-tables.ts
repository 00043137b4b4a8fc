/**
 * Tables that never leave the database, by what is in them. Read September 2026.
 *
 * Sources: odoo/odoo (base, auth_oauth, auth_totp, auth_passkey, payment, mail, iap: fields that hold passwords, keys and
 * tokens); OCA/storage (fs_storage: options); OCA/server-tools (session_db: http_sessions).
 */
export const PRIVATE_TABLES: readonly { readonly name: RegExp; readonly holds: string }[] = [
  { name: /^res_users/, holds: 'passwords and keys of people' },
  { name: /^auth_/, holds: 'keys of identity providers and of second factors' },
  { name: /^ir_config_parameter$/, holds: 'keys of services' },
  { name: /^(ir_mail_server|fetchmail_server)$/, holds: 'passwords of mail servers' },
  { name: /^(payment_token|payment_provider|payment_transaction)$/, holds: 'payment tokens' },
  { name: /^iap_account$/, holds: 'tokens that cost money' },
  { name: /^(fs_storage|http_sessions)$/, holds: 'keys that open other doors' },
  { name: /^(mail_mail|mail_message|ir_attachment|ir_logging)$/, holds: 'whatever anybody wrote' },
]
