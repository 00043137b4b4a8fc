/**
 * What container images of Odoo bring along: where they keep the configuration, what is in it, and which variables they
 * make it from. Read in August and September 2026.
 *
 * Sources: odoo/docker `Dockerfile`, `entrypoint.sh` and `odoo.conf` of 15.0 to 19.0, and odoo/odoo issue 183106 for the
 * user; bitnami/containers `bitnami/odoo` (`odoo.conf.tpl`, `libodoo.sh`); Tecnativa/doodba `conf.d` and its Dockerfiles;
 * acsone/odoo-bedrock `README.md`.
 */
export interface OdooImage {
  /** Matches the repository of the image, without registry, tag and digest. */
  readonly repository: RegExp
  /** Variables that, where all of one list are set, tell the style of an image that goes by another name. */
  readonly hints: readonly (readonly string[])[]
  /** Where the server looks for its configuration unless it is told another place. */
  readonly configFile: string
  /** The options that the image's own configuration sets. */
  readonly options: Readonly<Record<string, string>>
  /** The option that each variable becomes when the image writes its configuration. */
  readonly variables: Readonly<Record<string, string>>
}

export const ODOO_IMAGES = {
  official: {
    repository: /^(library\/)?odoo$|^odoo\/odoo$/,
    hints: [
      ['HOST', 'PASSWORD'],
      ['HOST', 'USER'],
      ['HOST', 'PASSWORD_FILE'],
      ['USER', 'PASSWORD'],
    ],
    configFile: '/etc/odoo/odoo.conf',
    options: { addons_path: '/mnt/extra-addons', data_dir: '/var/lib/odoo' },
    // These four go through the entrypoint, which makes arguments of them: see ENTRYPOINT.
    variables: {},
  },
  bitnami: {
    repository: /^bitnami(legacy|secure)?\/odoo$/,
    hints: [['ODOO_DATABASE_HOST'], ['ODOO_DATABASE_NAME']],
    configFile: '/opt/bitnami/odoo/conf/odoo.conf',
    options: {
      data_dir: '/bitnami/odoo/data',
      db_host: 'postgresql',
      db_name: 'bitnami_odoo',
      db_port: '5432',
      db_user: 'bn_odoo',
      limit_time_cpu: '90',
      limit_time_real: '150',
      list_db: 'False',
      max_cron_threads: '1',
      proxy_mode: 'True',
    },
    variables: {
      ODOO_DATABASE_FILTER: 'dbfilter',
      ODOO_DATABASE_HOST: 'db_host',
      ODOO_DATABASE_NAME: 'db_name',
      ODOO_DATABASE_PASSWORD: 'db_password',
      ODOO_DATABASE_PORT_NUMBER: 'db_port',
      ODOO_DATABASE_USER: 'db_user',
      ODOO_LIST_DB: 'list_db',
      ODOO_LONGPOLLING_PORT_NUMBER: 'gevent_port',
      ODOO_PASSWORD: 'admin_passwd',
      ODOO_PORT_NUMBER: 'http_port',
    },
  },
  doodba: {
    repository: /(^|\/)doodba$/,
    hints: [['PGDATABASE', 'DB_FILTER'], ['PGDATABASE', 'PROXY_MODE'], ['DOODBA_ENVIRONMENT']],
    configFile: '/opt/odoo/auto/odoo.conf',
    options: {
      data_dir: '/var/lib/odoo',
      db_host: 'db',
      db_name: 'prod',
      db_port: '5432',
      db_user: 'odoo',
      dbfilter: '.*',
      list_db: 'False',
      proxy_mode: 'False',
    },
    variables: {
      ADMIN_PASSWORD: 'admin_passwd',
      DB_FILTER: 'dbfilter',
      LIST_DB: 'list_db',
      PGDATABASE: 'db_name',
      PGHOST: 'db_host',
      PGPASSWORD: 'db_password',
      PGPORT: 'db_port',
      PGUSER: 'db_user',
      PROXY_MODE: 'proxy_mode',
    },
  },
  bedrock: {
    repository: /(^|\/)odoo-bedrock$/,
    hints: [['DB_HOST', 'DB_NAME', 'WORKERS'], ['DB_HOST', 'WORKERS', 'MAX_CRON_THREADS'], ['ADDITIONAL_ODOO_RC']],
    configFile: '/etc/odoo.cfg',
    options: {},
    variables: {
      ADDONS_PATH: 'addons_path',
      ADMIN_PASSWD: 'admin_passwd',
      DB_FILTER: 'dbfilter',
      DB_HOST: 'db_host',
      DB_MAXCONN: 'db_maxconn',
      DB_NAME: 'db_name',
      DB_PASSWORD: 'db_password',
      DB_PORT: 'db_port',
      DB_SSLMODE: 'db_sslmode',
      DB_USER: 'db_user',
      LIMIT_MEMORY_HARD: 'limit_memory_hard',
      LIMIT_MEMORY_SOFT: 'limit_memory_soft',
      LIMIT_TIME_CPU: 'limit_time_cpu',
      LIMIT_TIME_REAL: 'limit_time_real',
      LIMIT_TIME_REAL_CRON: 'limit_time_real_cron',
      LIST_DB: 'list_db',
      LOG_LEVEL: 'log_level',
      MAX_CRON_THREADS: 'max_cron_threads',
      SERVER_WIDE_MODULES: 'server_wide_modules',
      WORKERS: 'workers',
    },
  },
} as const satisfies Record<string, OdooImage>

/** `plain`: an image that somebody built, of which nothing is known but what the manifests say. */
export type ImageStyle = keyof typeof ODOO_IMAGES | 'plain'

/**
 * The entrypoint of the official image: it appends these options to the arguments, each with the value of the
 * configuration file, else of the first of these variables that is set, else with the last word.
 */
export const ENTRYPOINT: Readonly<
  Record<string, { readonly variables: readonly string[]; readonly otherwise: string }>
> = {
  db_host: { variables: ['HOST', 'DB_PORT_5432_TCP_ADDR'], otherwise: 'db' },
  db_port: { variables: ['PORT', 'DB_PORT_5432_TCP_PORT'], otherwise: '5432' },
  db_user: { variables: ['USER', 'DB_ENV_POSTGRES_USER', 'POSTGRES_USER'], otherwise: 'odoo' },
  db_password: { variables: ['PASSWORD', 'DB_ENV_POSTGRES_PASSWORD', 'POSTGRES_PASSWORD'], otherwise: 'odoo' },
}

/** Where the entrypoint of the official image stands in it. */
export const ENTRYPOINT_FILE = '/entrypoint.sh'

/** User and group of the official image by series; of those that are missing nobody has verified them. */
export const OFFICIAL_USER: Readonly<Record<number, readonly [user: number, group: number]>> = {
  16: [101, 101],
  17: [101, 101],
  18: [100, 101],
  19: [100, 101],
}

/** Variables of modules for Odoo and of its own start that no other program has. */
export const ODOO_VARIABLES = [
  'ODOO_DATABASE_HOST',
  'ODOO_QUEUE_JOB_CHANNELS',
  'ODOO_RC',
  'ODOO_SESSION_REDIS',
  'ODOO_SESSION_REDIS_HOST',
] as const
