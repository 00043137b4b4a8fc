/**
 * The options of the Odoo server that decide how it runs: their names in the configuration file, flags, variables and
 * defaults. Read in August and September 2026.
 *
 * Sources: odoo/odoo `odoo/tools/config.py` and `odoo/cli/command.py` of 15.0 to 19.0; odoo/documentation `cli.rst`.
 */
export interface OdooOption {
  readonly name: string
  /** Without dashes; those of one letter follow a single dash. */
  readonly flags: readonly string[]
  /** What the flag stands for where it takes no value. */
  readonly switch?: 'True' | 'False'
  readonly type: 'text' | 'integer' | 'boolean'
  /** The empty text is "none". */
  readonly default: string
  /** From that series on the default is another one. */
  readonly laterDefault?: { readonly since: number; readonly value: string }
  /** The variable that 19.0 and later read; `ODOO_` and the name in capitals unless it is said, `''` for none. */
  readonly variable?: string
  /** Earlier names of it in the configuration file. */
  readonly aliases?: readonly string[]
}

const MEBIBYTE = 1024 * 1024

export const ODOO_OPTIONS: readonly OdooOption[] = [
  { name: 'admin_passwd', flags: [], type: 'text', default: 'admin' },
  { name: 'addons_path', flags: ['addons-path'], type: 'text', default: '' },
  { name: 'config', flags: ['c', 'config'], type: 'text', default: '', variable: 'ODOO_RC' },
  { name: 'data_dir', flags: ['D', 'data-dir'], type: 'text', default: '' },
  { name: 'db_host', flags: ['db_host'], type: 'text', default: '', variable: 'PGHOST' },
  { name: 'db_maxconn', flags: ['db_maxconn'], type: 'integer', default: '64' },
  { name: 'db_name', flags: ['d', 'database'], type: 'text', default: '', variable: 'PGDATABASE' },
  { name: 'db_password', flags: ['w', 'db_password'], type: 'text', default: '', variable: 'PGPASSWORD' },
  { name: 'db_port', flags: ['db_port'], type: 'integer', default: '', variable: 'PGPORT' },
  { name: 'db_sslmode', flags: ['db_sslmode'], type: 'text', default: 'prefer', variable: 'PGSSLMODE' },
  { name: 'db_user', flags: ['r', 'db_user'], type: 'text', default: '', variable: 'PGUSER' },
  { name: 'dbfilter', flags: ['db-filter'], type: 'text', default: '' },
  { name: 'dev_mode', flags: ['dev'], type: 'text', default: '', variable: 'ODOO_DEV' },
  {
    name: 'gevent_port',
    flags: ['gevent-port', 'longpolling-port'],
    type: 'integer',
    default: '8072',
    aliases: ['longpolling_port'],
  },
  {
    name: 'http_enable',
    flags: ['no-http', 'no-xmlrpc'],
    switch: 'False',
    type: 'boolean',
    default: 'True',
    aliases: ['xmlrpc'],
  },
  {
    name: 'http_port',
    flags: ['p', 'http-port', 'xmlrpc-port'],
    type: 'integer',
    default: '8069',
    aliases: ['xmlrpc_port'],
  },
  { name: 'init', flags: ['i', 'init'], type: 'text', default: '', variable: '' },
  { name: 'limit_memory_hard', flags: ['limit-memory-hard'], type: 'integer', default: String(2560 * MEBIBYTE) },
  { name: 'limit_memory_soft', flags: ['limit-memory-soft'], type: 'integer', default: String(2048 * MEBIBYTE) },
  { name: 'limit_time_cpu', flags: ['limit-time-cpu'], type: 'integer', default: '60' },
  { name: 'limit_time_real', flags: ['limit-time-real'], type: 'integer', default: '120' },
  // A negative one stands for the limit of a request.
  { name: 'limit_time_real_cron', flags: ['limit-time-real-cron'], type: 'integer', default: '-1' },
  { name: 'list_db', flags: ['no-database-list'], switch: 'False', type: 'boolean', default: 'True' },
  { name: 'log_level', flags: ['log-level'], type: 'text', default: 'info' },
  { name: 'max_cron_threads', flags: ['max-cron-threads'], type: 'integer', default: '2' },
  { name: 'proxy_mode', flags: ['proxy-mode'], switch: 'True', type: 'boolean', default: 'False' },
  { name: 'reinit', flags: ['reinit'], type: 'text', default: '', variable: '' },
  {
    name: 'server_wide_modules',
    flags: ['load'],
    type: 'text',
    default: 'base,web',
    laterDefault: { since: 19, value: 'base,rpc,web' },
  },
  {
    name: 'stop_after_init',
    flags: ['stop-after-init'],
    switch: 'True',
    type: 'boolean',
    default: 'False',
    variable: '',
  },
  { name: 'test_enable', flags: ['test-enable'], switch: 'True', type: 'boolean', default: 'False', variable: '' },
  { name: 'update', flags: ['u', 'update'], type: 'text', default: '', variable: '' },
  { name: 'workers', flags: ['workers'], type: 'integer', default: '0' },
]

/** Options that the configuration file does not set. */
export const ARGUMENT_ONLY: readonly string[] = ['config', 'init', 'reinit', 'stop_after_init', 'update']

/** The first series that reads its options from variables. */
export const READS_VARIABLES = 19

/** What counts as true and false in the configuration file: up to 18.0 the exact words, and any other text is true. */
export const BOOLEANS = {
  exact: { true: ['True', 'true'], false: ['False', 'false'] },
  /** Any case, from 19.0 on. */
  wide: { true: ['1', 'yes', 'true', 'on'], false: ['0', 'no', 'false', 'off'] },
} as const

/** Programs that run the Odoo server, by file name. */
export const ODOO_PROGRAMS = ['odoo', 'odoo-bin', 'odoo.py', 'openerp-server'] as const

/** Programs of click-odoo-contrib (its README) that change the schema of a database and end. */
export const MIGRATION_PROGRAMS = ['click-odoo-update', 'click-odoo-initdb', 'click-odoo-upgrade'] as const

/** Commands of the Odoo program that are no server, and end: `odoo/cli` of 15.0 to 19.0. */
export const ODOO_COMMANDS = [
  'cloc',
  'db',
  'deploy',
  'genproxytoken',
  'help',
  'i18n',
  'module',
  'neutralize',
  'obfuscate',
  'populate',
  'scaffold',
  'shell',
  'tsconfig',
  'upgrade_code',
] as const
