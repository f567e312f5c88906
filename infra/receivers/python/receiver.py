"""Receives Keyturn's callbacks, renews the token that stands in a file, and uses it meanwhile. See README.md."""

import http.client
import json
import os
import tempfile
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# The configured address, never the `redeemUrl` of a callback: the old token goes there.
KEYTURN = os.environ["KEYTURN_URL"].rstrip("/")
WEBHOOK = Webhook(os.environ["SIGNING_SECRET"])
TYPES = ("apiAccessToken.renewalRequested", "apiAccessToken.test")
LARGEST_BODY, LONGEST_PAUSE = 64 * 1024, 60


class Store:
    """The token and the request token still to be redeemed, in one file: a crash leaves it as before or as after."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.changed = threading.Condition()
        with open(self.path, encoding="utf-8") as file:
            self.state = {"pending": None, "done": None, **json.load(file)}

    def put(self, **changes):
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
        """Notes what is to be redeemed; a repeated delivery changes nothing."""
        with self.changed:
            pending = self.state["pending"]
            if message_id != self.state["done"] and (pending is None or pending["id"] != message_id):
                self.put(pending={"id": message_id, "requestToken": request_token})

    def finish(self, message_id, token):
        """The redemption is over. A callback that has come meanwhile stays to be redeemed."""
        with self.changed:
            pending = self.state["pending"]
            self.put(token=token, done=message_id, pending=None if pending["id"] == message_id else pending)


def call(path, token, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(KEYTURN + path, data, headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def redeem_what_comes(store):
    """Redeems, with the same request token until there is an answer: an answer that was lost is given again."""
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
            if status and status < 500 and status != 429:
                # This request token is of no use any more; another callback comes in 24 hours.
                store.finish(pending["id"], token)
                continue
            with store.changed:
                # The first repetition at once: mostly it was the connection.
                store.changed.wait(min(2**failures - 1, LONGEST_PAUSE))
            failures = min(failures + 1, 10)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            length = int(self.headers["Content-Length"] or 0)
            if not 0 <= length <= LARGEST_BODY:
                return self.answer(413)
            body = WEBHOOK.verify(self.rfile.read(length), dict(self.headers))
        except (WebhookVerificationError, ValueError):
            return self.answer(401)
        if body["type"] in TYPES:
            self.server.store.accept(self.headers["webhook-id"], body["data"]["requestToken"])
        self.answer(204)

    def do_GET(self):
        """What the token is for: here, one call with it."""
        try:
            call("/apiAccessTokens/self", self.server.store.state["token"])
            self.answer(200)
        except urllib.error.HTTPError as error:
            self.answer(error.code)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler)
    server.store = Store(os.environ["TOKEN_FILE"])
    threading.Thread(target=redeem_what_comes, args=(server.store,), daemon=True).start()
    print(f"Listening: http://{server.server_address[0]}:{server.server_port}", flush=True)
    server.serve_forever()
