/**
 * Modules and variables that keep sessions or attachments of Odoo outside its data directory. Read in August and September
 * 2026.
 *
 * Sources: camptocamp/odoo-cloud-platform (`session_redis`, `attachment_s3`, `attachment_azure`, `attachment_swift`);
 * OCA/server-tools (`session_db`); OCA/storage (`fs_attachment`); keshrath and mangono `redis_session_store`.
 */
export const SESSION_STORES = {
  modules: ['muk_session_store', 'odoo_redis', 'redis_session_store', 'session_db', 'session_redis'],
  variables: [
    'ODOO_SESSION_REDIS',
    'ODOO_SESSION_REDIS_HOST',
    'ODOO_SESSION_REDIS_SENTINEL_HOST',
    'ODOO_SESSION_REDIS_URL',
    'REDIS_SESSION_HOST',
    'REDIS_SESSION_URL',
    'SESSION_DB_URI',
  ],
} as const

export const ATTACHMENT_STORES = {
  modules: ['attachment_azure', 'attachment_google', 'attachment_s3', 'attachment_swift', 'fs_attachment'],
  variables: ['AWS_BUCKETNAME', 'AZURE_STORAGE_ACCOUNT_NAME', 'AZURE_STORAGE_CONNECTION_STRING', 'SWIFT_AUTH_URL'],
} as const
