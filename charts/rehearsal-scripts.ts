/** Plays people who look for things and wait a moment in between. The Odoo image has all that it takes. */
export const LOAD_SCRIPT = `"""Plays people at work, and tells how long they had to wait."""
import http.cookiejar
import json
import os
import random
import sys
import threading
import time
import urllib.request

USERS = int(os.environ["WAYBILL_USERS"])
SECONDS = 60 * int(os.environ["WAYBILL_MINUTES"])
LIMIT = float(os.environ["WAYBILL_LIMIT"])
BASE = os.environ["WAYBILL_BASE"]
MODELS = ["res.partner", "sale.order", "product.product", "stock.quant", "account.move"]
MOST_ERRORS = 0.01

times = []
errors = []
lock = threading.Lock()
end = time.monotonic() + SECONDS


def call(opener, path, params):
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
    request = urllib.request.Request(BASE + path, body, {"Content-Type": "application/json"})
    with opener.open(request, timeout=120) as answer:
        return json.load(answer)


def person(number):
    # All at once would be a burst that no morning knows.
    time.sleep(random.random() * min(60, SECONDS / 10))
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    known = list(MODELS)
    logged_in = False
    while time.monotonic() < end:
        started = time.monotonic()
        try:
            if not logged_in:
                login = {"db": os.environ["PGDATABASE"], "login": os.environ["LOGIN"], "password": os.environ["PASSWORD_OF_USER"]}
                logged_in = "error" not in call(opener, "/web/session/authenticate", login)
                failed = not logged_in
            else:
                model = random.choice(known)
                params = {"model": model, "method": "search_read", "args": [[]], "kwargs": {"fields": ["id"], "limit": 80}}
                answer = call(opener, "/web/dataset/call_kw/" + model + "/search_read", params)
                failed = "error" in answer
                if failed and len(known) > 1:
                    # A model that this release does not have is no failure of the platform.
                    known.remove(model)
                    failed = False
        except OSError:
            failed = True
        with lock:
            times.append(time.monotonic() - started)
            if failed:
                errors.append(number)
        time.sleep(3 + random.random() * 4)


threads = [threading.Thread(target=person, args=(number,)) for number in range(USERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if not times:
    sys.exit("nobody got as far as a request")
slowest = sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
share = len(errors) / len(times)
print(json.dumps({"requests": len(times), "p95_seconds": round(slowest, 3), "errors": round(share, 4)}), flush=True)
if slowest > LIMIT or share > MOST_ERRORS:
    sys.exit("too slow or too many errors: %s s of %s, %s of %s" % (round(slowest, 3), LIMIT, round(share, 4), MOST_ERRORS))
`

/** Takes the primary away and counts the seconds until somebody takes writes again. */
export const FAILOVER_SCRIPT = `"""Takes the primary away, and tells how long nobody could write."""
import json
import os
import ssl
import sys
import time
import urllib.request

import psycopg2

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
NAMESPACE = os.environ["WAYBILL_NAMESPACE"]
LONGEST = int(os.environ["WAYBILL_LONGEST"])
trust = ssl.create_default_context(cafile=ACCOUNT + "/ca.crt")


def ask(method, path):
    with open(ACCOUNT + "/token") as token:
        headers = {"Authorization": "Bearer " + token.read().strip()}
    request = urllib.request.Request("https://kubernetes.default.svc" + path, None, headers, method=method)
    with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
        return json.load(answer)


def can_write():
    try:
        connection = psycopg2.connect("", connect_timeout=2)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("update ir_config_parameter set write_date = write_date where key = 'waybill.release'")
                return True
        finally:
            connection.close()
    except psycopg2.Error:
        return False


if not can_write():
    sys.exit("the database takes no writes to begin with, so there is nothing to take away")
cluster = ask("GET", "/apis/postgresql.cnpg.io/v1/namespaces/" + NAMESPACE + "/clusters/" + os.environ["WAYBILL_CLUSTER"])
primary = cluster["status"]["currentPrimary"]
ready = cluster["status"].get("readyInstances", 0)
if ready < 2:
    sys.exit("only %d server is ready: losing it would be no test" % ready)
print("taking away", primary, flush=True)
ask("DELETE", "/api/v1/namespaces/" + NAMESPACE + "/pods/" + primary)
last = time.monotonic()
gap = 0.0
# A while beyond the promise, to see whether it holds or by how much it does not.
end = last + 3 * LONGEST + 60
while time.monotonic() < end:
    if can_write():
        now = time.monotonic()
        gap = max(gap, now - last)
        last = now
    time.sleep(0.5)
gap = max(gap, time.monotonic() - last)
after = ask("GET", "/apis/postgresql.cnpg.io/v1/namespaces/" + NAMESPACE + "/clusters/" + os.environ["WAYBILL_CLUSTER"])
print(json.dumps({"seconds_without_writes": round(gap, 1), "primary": after["status"]["currentPrimary"]}), flush=True)
if gap > LONGEST:
    sys.exit("nobody could write for %.1f s, %d are promised" % (gap, LONGEST))
`
