"""Fetches a Keyturn token's successor when it is due. Run it from cron, every hour or more often. See README.md."""

import json
import os
import sys
import tempfile
import urllib.error
import urllib.request

KEYTURN, FILE = os.environ["KEYTURN_URL"].rstrip("/"), os.path.abspath(os.environ["TOKEN_FILE"])


def call(method, path, token):
    """The answer's body. Redirects are not followed: they would carry the token elsewhere."""
    request = urllib.request.Request(f"{KEYTURN}/apiAccessTokens/self{path}", method=method)
    request.add_header("Authorization", f"Bearer {token}")
    with OPENER.open(request, timeout=30) as response:
        return json.load(response)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirects)


def store(token):
    """Replaces the file atomically: a crash leaves the old string, which fetches the same new one again."""
    descriptor, name = tempfile.mkstemp(dir=os.path.dirname(FILE))
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"token": token}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, FILE)


def main():
    with open(FILE, encoding="utf-8") as file:
        token = json.load(file)["token"]
    if call("GET", "/renewalInfo", token)["renewal"] not in ("DUE", "RENEWED"):
        return
    token = call("POST", "/renew", token)["token"]
    store(token)
    call("GET", "", token)
    print("renewed")


if __name__ == "__main__":
    try:
        main()
    except (urllib.error.URLError, TimeoutError) as error:
        sys.exit(f"not renewed, to be tried again by the next run: {error}")
