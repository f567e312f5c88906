"""Checks of what the description can't express."""

import datetime
import re

import schemathesis

from world import UNKNOWN_ID, sent_by_another_company, tried

# The methods of each path, as the description has them.
described = {}


@schemathesis.check
def other_methods_are_unknown(ctx, response, case):
    """API Gateway routes by method and path: a method that a path doesn't have is unknown like any other path."""
    if response.request.method.lower() in described[case.operation.path]:
        return
    tried["other methods"] += 1
    assert response.status_code in (404, 405), f"{response.request.method} gets {response.status_code}"


@schemathesis.check
def parameters_fit_together(ctx, response, case):
    """Valid parameters are refused by name if they don't fit together, and never otherwise."""
    query = case.query if isinstance(case.query, dict) else {}
    pages, period = "endingBefore" in query, "startTime" in query and "endTime" in query
    is_list = "size" in {parameter.name for parameter in case.operation.query}
    if not is_list or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    faults = {}
    if pages and "startingAfter" in query:
        faults["endingBefore"] = "must not be sent together with startingAfter"
    if period and moment(query["endTime"], "23:59:59") < moment(query["startTime"], "00:00:00"):
        faults["endTime"] = "must not be before startTime"
    for name in faults:
        tried[f"wrong {name}"] += 1
    if period and not faults:
        tried["right endTime"] += 1
    if faults:
        reported = {fault["field"]: fault["error"] for fault in response.json().get("validationErrors", [])}
        assert (response.status_code, reported) == (400, faults), f"{response.status_code}: {reported}, not {faults}"
    else:
        assert response.status_code != 400, "these parameters are valid"


def moment(text, time_of_day):
    """Seconds as the API reads a date or a date-time: whole ones, a leap second as the last of its minute."""
    date, time, offset = re.fullmatch(r"([\d-]{10})(?:[Tt ]([\d:]{8})[.\d]*(.+))?", text).groups()
    begin = datetime.datetime.fromisoformat(f"{date} {(time or time_of_day).replace(':60', ':59')}")
    sign, hours, minutes = re.fullmatch(r"([+-])(\d\d):(\d\d)|[Zz]", offset or "Z").groups(default="0")
    shift = datetime.timedelta(hours=int(hours), minutes=int(minutes)).total_seconds()
    # `timestamp` would fail for the first and the last years in some time zones.
    seconds = (begin - datetime.datetime(1970, 1, 1)).total_seconds()
    return seconds - shift if sign == "+" else seconds + shift


@schemathesis.check
def records_are_closed_to_others(ctx, response, case):
    """Whatever succeeds for a record's own company is a 404 for another, the same as for a record that does not exist."""
    token_id = (case.path_parameters or {}).get("id")
    if token_id is None or not 200 <= response.status_code < 300:
        return
    tried[f"{case.operation.label} by another company"] += 1
    refused = sent_by_another_company(response.request)
    assert refused.status_code == 404, f"another company gets {refused.status_code}: {refused.text}"
    missing = response.request.copy()
    missing.url = missing.url.replace(token_id, UNKNOWN_ID)
    assert stable(refused) == stable(sent_by_another_company(missing)), f"another company gets {refused.text}"


def stable(response):
    """The response without the members that differ each time."""
    return {name: value for name, value in response.json().items() if name not in ("requestId", "instance")}
