"""Redeems a request token through the client generated from the reference system's description; prints the result."""

import json
import sys

from reference_client import AuthenticatedClient
from reference_client.api.renewal import request_renewed_token

api, token, request_token = sys.argv[1:]
client = AuthenticatedClient(
    base_url=api, token=token, prefix="", auth_header_name="X-plenigo-token", raise_on_unexpected_status=True
)
answer = request_renewed_token.sync_detailed(client=client, request_token=request_token)
assert answer.parsed is not None, answer
print(json.dumps({"status": int(answer.status_code), **answer.parsed.to_dict()}))
