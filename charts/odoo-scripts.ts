import { Construct } from 'constructs'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { Settings } from '../src/spec/settings.ts'
import { readerGrants } from './data-access.ts'
import { EXPORTER, exporterReads } from './database-queries.ts'
import { metadata, NAMES, PORTS } from './names.ts'
import { add } from './object.ts'
import { recordsOf } from './odoo-records.ts'

/** Where the scripts are mounted. */
export const SCRIPTS_DIR = '/etc/waybill'

/** The scripts that bring the database to a release, and that keep pods waiting until it is there. */
export class OdooScripts extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    add<IConfigMap>(
      this,
      'scripts',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(settings, 'app', NAMES.scripts, 'ground'),
        data: { ...scriptFiles(settings), 'grants.json': grantsFile(settings) },
      },
      'release',
    )
  }
}

/** The files by name. Both scripts find the database through the environment of libpq (PGHOST and the like). */
export function scriptFiles(settings: Settings): Record<string, string> {
  const parameters = {
    // A pod without HTTP renders reports, too, so it asks the Service; and the name that people use is not for it.
    'report.url': `http://${NAMES.web}:${PORTS.odoo}`,
    'web.base.url': `https://${settings.hosts[0]}`,
    'web.base.url.freeze': 'True',
    ...(settings.filestore.bucket?.module === 'attachment_s3' ? { 'ir_attachment.location': 's3' } : {}),
  }
  return {
    'migrate.py': MIGRATE,
    'parameters.json': `${JSON.stringify(parameters, undefined, 2)}\n`,
    'records.json': `${JSON.stringify(recordsOf(settings), undefined, 2)}\n`,
    'release-gate.py': RELEASE_GATE,
  }
}

/** Who may read which columns, by role and table; no columns are all of them. Pods do not read it, so a change of it restarts none. */
function grantsFile({ observability, data }: Settings): string {
  const grants = {
    ...(observability === undefined ? {} : { [EXPORTER]: exporterReads(observability.queries) }),
    ...(data === undefined ? {} : readerGrants(data)),
  }
  return `${JSON.stringify(grants, undefined, 2)}\n`
}

/**
 * Nobody but Argo CD starts the Job after the servers are up, and those may sleep: so it waits for them, as long as its
 * deadline allows. Argo CD runs it at every sync, so the work is done once and the rest of the runs find it done. Demonstration data
 * stays out by an argument of the Job; a declared module that Odoo silently left out fails the Job.
 */
const MIGRATE = `"""Brings the database to this release: installs what is new, updates what is there, then says so."""
import json
import os
import subprocess
import sys
import time

import psycopg2
from psycopg2 import sql

release = os.environ["WAYBILL_RELEASE"]
declared = [name for name in os.environ["WAYBILL_MODULES"].split(",") if name]



def connect():
    while True:
        try:
            return psycopg2.connect("", connect_timeout=5)
        except psycopg2.OperationalError as error:
            print("waiting for the database:", str(error).strip(), flush=True)
            time.sleep(5)


database = connect()
database.autocommit = True
cursor = database.cursor()


def column(statement, *values):
    cursor.execute(statement, values)
    return [row[0] for row in cursor.fetchall()]


def modules():
    return column("select name from ir_module_module where state in ('installed', 'to upgrade')")


def write(key, value):
    cursor.execute(
        "insert into ir_config_parameter (key, value, create_uid, create_date, write_uid, write_date)"
        " values (%s, %s, 1, now() at time zone 'utc', 1, now() at time zone 'utc')"
        " on conflict (key) do update set value = excluded.value, write_date = excluded.write_date",
        (key, value),
    )


def read(name):
    with open(os.path.join(os.path.dirname(__file__), name)) as file:
        return json.load(file)


def keep(table, key, values):
    """Writes a record that is told apart by one of its values. A value of the form $NAME comes from the environment."""
    known = column("select column_name from information_schema.columns where table_name = %s", table)
    if not known:
        sys.exit("there is no table " + table + ": is its module among those of the release?")
    filled = {
        name: os.environ[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        for name, value in values.items()
        # Series differ in what they know of a record.
        if name in known
    }
    names = [sql.Identifier(name) for name in filled]
    pairs = [sql.SQL("{} = %s").format(name) for name in names]
    where = sql.SQL(" where {} = %s").format(sql.Identifier(key))
    statement = sql.SQL("update {} set ").format(sql.Identifier(table)) + sql.SQL(", ").join(pairs) + where
    cursor.execute(statement, [*filled.values(), filled[key]])
    if cursor.rowcount == 0:
        places = sql.SQL(", ").join([sql.Placeholder()] * len(names))
        into = sql.SQL("insert into {} ({}) values ({})")
        cursor.execute(into.format(sql.Identifier(table), sql.SQL(", ").join(names), places), list(filled.values()))


def grant(role, table, columns):
    listed = sql.SQL(", ").join([sql.Identifier(name) for name in columns])
    # No columns are all of them.
    what = sql.SQL("select ({})").format(listed) if columns else sql.SQL("select")
    cursor.execute(
        sql.SQL("grant {} on {} to {}").format(what, sql.Identifier(table), sql.Identifier(role))
    )


# Two updates at the same time would ruin the database: the second one waits here, and then finds the work done.
column("select pg_advisory_lock(hashtext('waybill.release'))")

initialized = column("select to_regclass('public.ir_module_module') is not null")[0]
reached = column("select value from ir_config_parameter where key = 'waybill.release'") if initialized else []

if reached == [release]:
    print("the database is at release", release, flush=True)
else:
    present = modules() if initialized else []
    install = [name for name in ["base", *declared] if name not in present]
    # Without a list nobody knows what the image changed, and updating base updates all that rests on it.
    update = [name for name in declared or ["base"] if name in present]
    wanted = {"--init": install, "--update": update}
    arguments = [option + "=" + ",".join(names) for option, names in wanted.items() if names]
    print("the database is at release", *reached or ["none"], "and goes to", release, *arguments, flush=True)
    subprocess.run([*sys.argv[1:], *arguments], check=True)
    missing = sorted(set(declared) - set(modules()))
    if missing:
        sys.exit("Odoo did not install " + ", ".join(missing) + ": is it in the image, and for this series?")

for key, value in read("parameters.json").items():
    write(key, value)
for record in read("records.json"):
    keep(record["table"], record["key"], record["values"])
for role, tables in read("grants.json").items():
    if not column("select 1 from pg_roles where rolname = %s", role):
        # Nobody waits for whoever only watches; the Job runs again at every sync.
        print("there is no role", role, "yet, so nothing was granted to it", flush=True)
        continue
    for table, columns in tables.items():
        # A module that is not installed has no tables.
        if column("select to_regclass(%s) is not null", "public." + table)[0]:
            grant(role, table, columns)
write("waybill.release", release)
`

/** Pods must not serve a schema that is not theirs: hooks are skipped in rollbacks and by other means of delivery. */
const RELEASE_GATE = `"""Waits until the database is there and at this release."""
import os
import time

import psycopg2

release = os.environ["WAYBILL_RELEASE"]

while True:
    try:
        database = psycopg2.connect("", connect_timeout=5)
        try:
            with database.cursor() as cursor:
                cursor.execute("select value from ir_config_parameter where key = 'waybill.release'")
                reached = [value for (value,) in cursor.fetchall()]
        finally:
            database.close()
        if reached == [release]:
            break
        reason = "it is at release " + (reached[0] if reached else "none")
    except psycopg2.Error as error:
        reason = str(error).strip()
    print("waiting for the database to reach release", release + ":", reason, flush=True)
    time.sleep(5)
`
