"""Receives Keyturn's callbacks and keeps the token in a file up to date. See README.md."""

import http.client
import json
import os
import tempfile
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# The configured URL, never the `redeemUrl` of a callback: the old token is sent there.
KEYTURN = os.environ["KEYTURN_URL"].rstrip("/")
WEBHOOK = Webhook(os.environ["SIGNING_SECRET"])
TYPES = ("apiAccessToken.renewalRequested", "apiAccessToken.test")
MAX_BODY_BYTES, MAX_PAUSE_SECONDS = 64 * 1024, 60


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: following it would send the token to wherever it leads."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


class Store:
    """The token and the pending request token in one file, which is replaced atomically."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.changed = threading.Condition()
        with open(self.path, encoding="utf-8") as file:
            self.state = {"pending": None, "done": None, **json.load(file)}

    def save(self, **changes):
        state = {**self.state, **changes}
        descriptor, name = tempfile.mkstemp(dir=os.path.dirname(self.path))
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, self.path)
        self.state = state
        self.changed.notify_all()

    def accept(self, message_id, request_token):
        """Stores a request token to redeem; a repeated delivery changes nothing."""
        with self.changed:
            pending = self.state["pending"]
            if message_id != self.state["done"] and (pending is None or pending["id"] != message_id):
                self.save(pending={"id": message_id, "requestToken": request_token})

    def finish(self, message_id, token):
        """Stores the result of a redemption. A request token that arrived in the meantime stays pending."""
        with self.changed:
            pending = self.state["pending"]
            self.save(token=token, done=message_id, pending=None if pending["id"] == message_id else pending)


def call(path, token, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(KEYTURN + path, data, headers)
    with OPENER.open(request, timeout=10) as response:
        return json.load(response)


def redeem_pending(store):
    """Redeems request tokens, retrying with the same one: Keyturn repeats a response that was lost."""
    failures = 0
    while True:
        with store.changed:
            store.changed.wait_for(lambda: store.state["pending"])
            pending, token = store.state["pending"], store.state["token"]
        body = {"requestToken": pending["requestToken"]}
        try:
            store.finish(pending["id"], call("/apiAccessTokens/requestRenewedToken", token, body)["token"])
            failures = 0
        except (OSError, http.client.HTTPException, ValueError) as error:
            status = getattr(error, "code", None)
            print(f"not redeemed: {status or type(error).__name__}", flush=True)
            if status and 400 <= status < 500 and status != 429:
                # This request token is no longer redeemable; the next callback comes in 24 hours.
                store.finish(pending["id"], token)
                continue
            with store.changed:
                # The first retry is immediate: usually the connection was lost.
                store.changed.wait(min(2**failures - 1, MAX_PAUSE_SECONDS))
            failures = min(failures + 1, 10)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            length = int(self.headers["Content-Length"] or 0)
            if not 0 <= length <= MAX_BODY_BYTES:
                return self.respond(413)
            body = WEBHOOK.verify(self.rfile.read(length), dict(self.headers))
        except (WebhookVerificationError, ValueError):
            return self.respond(401)
        if body["type"] in TYPES:
            self.server.store.accept(self.headers["webhook-id"], body["data"]["requestToken"])
        self.respond(204)

    def do_GET(self):
        """Your use of the token; here, one call to the API."""
        try:
            call("/apiAccessTokens/self", self.server.store.state["token"])
            self.respond(200)
        except urllib.error.HTTPError as error:
            self.respond(error.code)

    def respond(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler)
    server.store = Store(os.environ["TOKEN_FILE"])
    threading.Thread(target=redeem_pending, args=(server.store,), daemon=True).start()
    print(f"Listening: http://{server.server_address[0]}:{server.server_port}", flush=True)
    server.serve_forever()
