"""Creates, lists, edits, renews and deactivates tokens through the generated client."""

import datetime
import json
import sys

from keyturn_client import AuthenticatedClient
from keyturn_client.api.renewal import renew_api_access_token
from keyturn_client.api.tokens import (
    create_api_access_token,
    deactivate_api_access_token,
    list_api_access_tokens,
    update_api_access_token,
)
from keyturn_client.models import (
    AutoRenewalRequest,
    Problem,
    RenewalRequest,
    Token,
    TokenList,
    TokenPatchRequest,
    TokenRequest,
    TokenRequestRights,
)

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], raise_on_unexpected_status=True)

settings = TokenRequest(
    name="generated",
    rights=TokenRequestRights.READ,
    applications=["ORDERS"],
    auto_renewal=AutoRenewalRequest(every_days=30),
    renewal_mail_recipient="ops@example.com",
)
created = create_api_access_token.sync(client=client, body=settings, idempotency_key="once")
assert isinstance(created, Token) and isinstance(created.token, str), created
again = create_api_access_token.sync(client=client, body=settings, idempotency_key="once")
assert again == created, again

listed = list_api_access_tokens.sync(client=client, search="generated", size=10)
assert isinstance(listed, TokenList), listed
assert [token.id for token in listed.items] == [created.id], listed

edited = update_api_access_token.sync(created.id, client=client, body=TokenPatchRequest(description="edited"))
assert isinstance(edited, Token) and edited.version == created.version + 1, edited

end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
order = RenewalRequest(existing_token_expires_at=end, name="renewed")
successor = renew_api_access_token.sync(created.id, client=client, body=order)
assert isinstance(successor, Token) and successor.renewed_from == created.id, successor
refused = renew_api_access_token.sync(created.id, client=client, body=order)
assert isinstance(refused, Problem) and refused.error_code == "ALREADY_RENEWED", refused

ended = deactivate_api_access_token.sync(successor.id, client=client)
assert isinstance(ended, Token) and ended.status.value == "DEACTIVATED", ended

print(json.dumps({"created": str(created.id), "successor": str(successor.id)}))
