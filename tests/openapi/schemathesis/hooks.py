"""What this one deployment knows, and a description for every deployment can't say: its catalogue of applications, which
addresses it may call, what time it is, which records there are. And what the tool must not do: end the token that it
authenticates with.
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

import promises
from world import NOBODY, answers, ask

# The ids of the last tokens that the tool has created and not ended, and the request tokens that callbacks carried.
created = collections.deque(maxlen=8)
request_tokens = []

calls = itertools.count()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes every callback."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request_tokens.append(body["data"]["requestToken"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

MANAGEMENT = ask("/apiAccessTokens/self")["id"]
CATALOGUE = ask("/applications")["items"]

CALLBACK = {"url": f"http://127.0.0.1:{receiver.server_port}/renewals"}
SETTINGS = {"name": "rehearsed", "rights": "READ", "applications": CATALOGUE[:1]}
REHEARSED = ask("/apiAccessTokens", SETTINGS | {"autoRenewal": {"everyDays": 30, "callback": CALLBACK}})["id"]


def fresh_request_token():
    """One that can be redeemed, and changes nothing."""
    assert ask(f"/apiAccessTokens/{REHEARSED}/callback/test", {})["success"]
    return request_tokens[-1]


PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", max_size=20)
schemathesis.openapi.format(
    "callback-url", PATHS.map(lambda path: f"http://127.0.0.1:{receiver.server_port}/{path}")
)

# Later than any automatic renewal, so that the rule about both is kept.
DAYS = st.dates(datetime.date(2100, 1, 1), datetime.date(9999, 1, 1)).map(str)
TIMES = st.times().map(lambda time: time.replace(microsecond=0).isoformat())
OFFSETS = st.sampled_from(["Z", "+00:00", "+02:00", "-07:30"])
schemathesis.openapi.format("future", DAYS | st.builds("{}T{}{}".format, DAYS, TIMES, OFFSETS))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    promises.described.update({path: set(methods) for path, methods in raw_schema["paths"].items()})
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
    """No ids that the gateway, which decodes a path before it looks for a route, takes for something else."""
    ids = [urllib.parse.unquote(str(value)) for value in (case.path_parameters or {}).values()]
    return not any(sign in value for value in ids for sign in "/?")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every second request that is about nobody is about something that is there."""
    about_somebody = next(calls) % 2
    path = case.path_parameters or {}
    if path.get("id") in (MANAGEMENT, REHEARSED):
        path["id"] = NOBODY
    if "apiAccessTokens" in case.path and created and about_somebody and is_id(path.get("id")):
        if path["id"] not in created:
            path["id"] = created[next(calls) % len(created)]
    if case.path.endswith("/requestRenewedToken") and about_somebody:
        holder = case.query if case.method == "GET" else case.body
        if isinstance(holder, dict) and isinstance(holder.get("requestToken"), str) and holder["requestToken"]:
            holder["requestToken"] = fresh_request_token()
    # A key that may be sent is sent once: with another body it would be refused, whatever the body is.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]([ -~]{0,253}[!-~])?", key):
        case.headers["Idempotency-Key"] = f"key {next(calls)}"


def is_id(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value)


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][str(response.status_code)] += 1
    about = (case.path_parameters or {}).get("id")
    if response.status_code == 201:
        created.append(response.json()["id"])
    ends = case.path.endswith(("/renew", "/deactivate")) and response.status_code in (200, 201)
    if ends and about in created:
        created.remove(about)
