"""The API, its callers, and the counts of a run."""

import atexit
import collections
import json
import os
import urllib.request

import requests

API = os.environ["KEYTURN_API"]
TOKEN = os.environ["KEYTURN_TOKEN"]
# The management token of another company.
OTHER = os.environ["KEYTURN_OTHER_TOKEN"]

# An id that no token has.
UNKNOWN_ID = "01990000-0000-7000-8000-000000000000"

# Responses by operation and status; how often each check of the hooks applied.
answers = collections.defaultdict(collections.Counter)
tried = collections.Counter()

others = requests.Session()
others.trust_env = False


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data=data, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def sent_by_another_company(request):
    """The response to the same request with the other company's token."""
    copy = request.copy()
    copy.headers["Authorization"] = f"Bearer {OTHER}"
    return others.send(copy)


@atexit.register
def summarise():
    with open(os.environ["KEYTURN_SUMMARY"], "w") as file:
        json.dump({"answers": answers, "tried": tried}, file)
