/**
 * What a restore test does, in the Odoo image: Python and psycopg2 are in it, so no image besides is needed. It speaks with
 * the API server as its own ServiceAccount, which may make and remove these servers and nothing else.
 */
export const RESTORE_SCRIPT = `"""Restores the newest backup into a server of its own, looks whether it is whole, and takes it away."""
import base64
import datetime
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psycopg2

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
LONGEST = int(os.environ["WAYBILL_LONGEST"])
LOSS = int(os.environ["WAYBILL_LOSS"])
RELEASE = os.environ["WAYBILL_RELEASE"]

with open(os.path.join(os.path.dirname(__file__), os.environ["WAYBILL_SERVER"])) as file:
    wanted = json.load(file)
name = wanted["metadata"]["name"]
namespace = wanted["metadata"]["namespace"]
database = wanted["spec"]["bootstrap"]["recovery"]["database"]
owner = wanted["spec"]["bootstrap"]["recovery"]["owner"]
servers = "/apis/postgresql.cnpg.io/v1/namespaces/" + namespace + "/clusters"
trust = ssl.create_default_context(cafile=ACCOUNT + "/ca.crt")


def ask(method, path, body=None):
    """The answer of the API server, or None where there is no such object."""
    with open(ACCOUNT + "/token") as token:
        headers = {"Authorization": "Bearer " + token.read().strip(), "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request("https://kubernetes.default.svc" + path, data, headers, method=method)
    problem = None
    for _ in range(6):
        try:
            with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = error.read().decode(errors="replace")
            if error.code == 404:
                return None
            if error.code < 500:
                break
        except OSError as error:
            problem = str(error)
        # Hours of waiting outlast many an upgrade of the API server.
        time.sleep(10)
    sys.exit(method + " " + path + ": " + problem)


def wait(seconds, what, ready):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            sys.exit("after %d s still not: %s" % (seconds, what))
        time.sleep(10)


def remove():
    ask("DELETE", servers + "/" + name, {"propagationPolicy": "Foreground"})
    wait(900, "the server is gone", lambda: ask("GET", servers + "/" + name) is None)


def is_ready():
    status = (ask("GET", servers + "/" + name) or {}).get("status", {})
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", []))


def column(cursor, statement, *values):
    cursor.execute(statement, values)
    return [row[0] for row in cursor.fetchall()]


def check(cursor, began):
    """The age of the newest record, in seconds, when everything else is as it has to be."""
    problems = []
    release = column(cursor, "select value from ir_config_parameter where key = 'waybill.release'")
    if release != [RELEASE]:
        print("the backup is of release", *release, "and not of", RELEASE, flush=True)
    if column(cursor, "select count(*) from ir_module_module where state = 'installed'") == [0]:
        problems.append("no module is installed")
    if column(cursor, "select count(*) from res_users where active") == [0]:
        problems.append("there are no users")
    damaged = column(cursor, "select indexrelid::regclass::text from pg_index where not indisvalid")
    if damaged:
        problems.append("indexes are not valid: " + ", ".join(damaged))
    if column(cursor, "select coalesce(sum(checksum_failures), 0) from pg_stat_database") != [0]:
        problems.append("pages do not have their checksums")
    if column(cursor, "select to_regclass('public.account_move_line') is not null") == [True]:
        balance = "select coalesce(abs(sum(debit) - sum(credit)), 0) from account_move_line where parent_state = 'posted'"
        if column(cursor, balance)[0] >= 0.01:
            problems.append("the posted entries are not in balance")
    newest = column(cursor, "select max(lastcall) from ir_cron")
    for table in ("account_move", "ir_attachment", "mail_message", "pos_order", "sale_order", "stock_move"):
        if column(cursor, "select to_regclass(%s) is not null", "public." + table) == [True]:
            newest += column(cursor, "select max(write_date) from " + table)
    known = [moment for moment in newest if moment is not None]
    age = (began - max(known)).total_seconds() if known else None
    if age is None or age > LOSS:
        problems.append("the newest record is %s s old, %d are allowed" % (age, LOSS))
    if problems:
        sys.exit("; ".join(problems))
    return age


def odoo(*arguments):
    host = name + "-rw." + namespace + ".svc"
    options = ["--database=" + database, "--db_host=" + host, "--db_user=" + owner, "--db_sslmode=require"]
    places = ["--data-dir=/tmp/odoo", "--addons-path=" + os.environ["WAYBILL_ADDONS"]]
    subprocess.run(["odoo", *arguments, *options, *places], check=True)


remove()
began = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
started = time.monotonic()
try:
    ask("POST", servers, wanted)
    wait(LONGEST, "the newest backup is restored", is_ready)
    restored = round(time.monotonic() - started)
    secret = ask("GET", "/api/v1/namespaces/" + namespace + "/secrets/" + name + "-app")
    # The key of this authority is nowhere but in a namespace that lets nobody in.
    os.environ["PGPASSWORD"] = base64.b64decode(secret["data"]["password"]).decode()
    connection = psycopg2.connect(
        host=name + "-rw." + namespace + ".svc", dbname=database, user=owner, sslmode="require"
    )
    with connection, connection.cursor() as cursor:
        age = check(cursor, began)
    connection.close()
    # The code of the release has to get along with what came back, and nothing may leave from here.
    odoo("neutralize")
    odoo("--no-http", "--workers=0", "--max-cron-threads=0", "--stop-after-init")
    print(json.dumps({"restored_seconds": restored, "newest_record_seconds": round(age)}), flush=True)
finally:
    remove()
`
