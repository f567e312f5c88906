"""Specifics of one deployment that the description can't express: its catalogue of applications, the addresses it may
call, the time, and its records. Also keeps the tool from ending the token that it authenticates with.
"""

import collections
import datetime
import http.server
import itertools
import json
import re
import threading
import urllib.parse

import schemathesis
from hypothesis import strategies as st

import checks
from world import TOKEN, UNKNOWN_ID, answers, call

# The ids of the last tokens that the tool created and did not end, and the request tokens of the callbacks.
created = collections.deque(maxlen=8)
request_tokens = []

calls = itertools.count()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Accepts every callback."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        # Those of renewals stay out: a redemption would end the token under test.
        if body["type"] == "apiAccessToken.test":
            request_tokens.append(body["data"]["requestToken"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

MANAGEMENT = call("/apiAccessTokens/self")["id"]
CATALOGUE = call("/applications")["items"]

CALLBACK = {"url": f"http://127.0.0.1:{receiver.server_port}/renewals"}
SETTINGS = {"name": "tested", "rights": "READ", "applications": CATALOGUE[:1]}
TESTED = call("/apiAccessTokens", SETTINGS | {"autoRenewal": {"everyDays": 30, "callback": CALLBACK}})["id"]


def fresh_request_token():
    """The request token of a test callback: it can be redeemed and changes nothing."""
    assert call(f"/apiAccessTokens/{TESTED}/callback/test", {})["success"]
    return request_tokens[-1]


def fetching_token():
    """A token that is due to fetch its successor: each fetch gives the same string."""
    token = call("/apiAccessTokens", SETTINGS | {"autoRenewal": {"everyDays": 30, "pull": True}})
    call(f"/apiAccessTokens/{token['id']}/startRenewal", {})
    return token["token"]


FETCHING = fetching_token()

PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", max_size=20)
schemathesis.openapi.format(
    "callback-url", PATHS.map(lambda path: f"http://127.0.0.1:{receiver.server_port}/{path}")
)

# Later than any automatic renewal, as the rule about both requires.
DAYS = st.dates(datetime.date(2100, 1, 1), datetime.date(9999, 1, 1)).map(str)
TIMES = st.times().map(lambda time: time.replace(microsecond=0).isoformat())
OFFSETS = st.sampled_from(["Z", "+00:00", "+02:00", "-07:30"])
schemathesis.openapi.format("future", DAYS | st.builds("{}T{}{}".format, DAYS, TIMES, OFFSETS))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    checks.described.update({path: set(methods) for path, methods in raw_schema["paths"].items()})
    schemas = raw_schema["components"]["schemas"]
    body = raw_schema["paths"]["/apiAccessTokens"]["post"]["requestBody"]["content"]["application/json"]
    body["example"]["autoRenewal"]["callback"] = CALLBACK
    schemas["Application"] = {"type": "string", "enum": CATALOGUE}
    for name in ("CallbackRequest", "CallbackPatchRequest"):
        schemas[name]["properties"]["url"]["format"] = "callback-url"
    schemas["TokenRequest"]["properties"]["expiresAt"] = {"type": ["string", "null"], "format": "future"}
    schemas["RenewalRequest"]["properties"]["existingTokenExpiresAt"] = {"type": "string", "format": "future"}


@schemathesis.hook
def filter_case(context, case):
    """Excludes ids that the gateway would take for another path, as it decodes a path before routing."""
    ids = [urllib.parse.unquote(str(value)) for value in (case.path_parameters or {}).values()]
    return not any(sign in value for value in ids for sign in "/?")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Directs every second request with an unknown id to an existing record."""
    to_existing = next(calls) % 2
    path = case.path_parameters or {}
    if path.get("id") in (MANAGEMENT, TESTED):
        path["id"] = UNKNOWN_ID
    # An id in these paths is that of a mass renewal. A dry run isn't stored, so that it can't be read.
    of_token = "apiAccessTokens" in case.path and "startRenewals" not in case.path
    if case.path.endswith("/startRenewals") and isinstance(case.body, dict) and case.body.get("dryRun") is True:
        case.body["dryRun"] = False
    if of_token and created and to_existing and is_id(path.get("id")):
        if path["id"] not in created:
            path["id"] = created[next(calls) % len(created)]
    if case.path.endswith("/requestRenewedToken") and to_existing:
        holder = case.query if case.method == "GET" else case.body
        if isinstance(holder, dict) and isinstance(holder.get("requestToken"), str) and holder["requestToken"]:
            holder["requestToken"] = fresh_request_token()
    # The management token does not renew itself.
    as_manager = (case.headers or {}).get("Authorization") == f"Bearer {TOKEN}"
    if case.path.endswith("/self/renew") and to_existing and as_manager:
        case.headers["Authorization"] = f"Bearer {FETCHING}"
    # A valid key is sent once: with another body it would be refused.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]([ -~]{0,253}[!-~])?", key):
        case.headers["Idempotency-Key"] = f"key {next(calls)}"


def is_id(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value)


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][str(response.status_code)] += 1
    token_id = (case.path_parameters or {}).get("id")
    if response.status_code == 201:
        created.append(response.json()["id"])
    ends = case.path.endswith(("/renew", "/deactivate")) and response.status_code in (200, 201)
    if ends and token_id in created:
        created.remove(token_id)
