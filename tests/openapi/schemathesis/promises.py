"""What the description can't say of an answer, and is so all the same."""

import datetime
import re

import schemathesis

from world import NOBODY, asked_by_another_company, tried

# The methods of each path, as the description has them.
described = {}


@schemathesis.check
def other_methods_are_unknown(ctx, response, case):
    """API Gateway knows routes, and so a method that a path doesn't have is answered like a path that isn't there."""
    if response.request.method.lower() in described[case.operation.path]:
        return
    tried["other methods"] += 1
    assert response.status_code in (404, 405), f"{response.request.method} is answered {response.status_code}"


@schemathesis.check
def parameters_fit_together(ctx, response, case):
    """Parameters that are right each for itself are refused by name if they don't fit together, and never otherwise."""
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
        told = {fault["field"]: fault["error"] for fault in response.json().get("validationErrors", [])}
        assert (response.status_code, told) == (400, faults), f"{response.status_code} names {told}, not {faults}"
    else:
        assert response.status_code != 400, "nothing is wrong with these parameters"


def moment(text, time_of_day):
    """Seconds, as the API reads a date or a date-time: it counts whole ones, and a leap second is the last of its minute."""
    date, time, offset = re.fullmatch(r"([\d-]{10})(?:[Tt ]([\d:]{8})[.\d]*(.+))?", text).groups()
    begin = datetime.datetime.fromisoformat(f"{date} {(time or time_of_day).replace(':60', ':59')}")
    sign, hours, minutes = re.fullmatch(r"([+-])(\d\d):(\d\d)|[Zz]", offset or "Z").groups(default="0")
    shift = datetime.timedelta(hours=int(hours), minutes=int(minutes)).total_seconds()
    # Not `timestamp`, which doesn't know the first and the last years in every time zone.
    seconds = (begin - datetime.datetime(1970, 1, 1)).total_seconds()
    return seconds - shift if sign == "+" else seconds + shift


@schemathesis.check
def records_are_closed_to_others(ctx, response, case):
    """What a record's own company is answered with success, another company is told to be nowhere, as what is nowhere is."""
    about = (case.path_parameters or {}).get("id")
    if about is None or not 200 <= response.status_code < 300:
        return
    tried[f"{case.operation.label} by another company"] += 1
    refused = asked_by_another_company(response.request)
    assert refused.status_code == 404, f"another company is answered {refused.status_code}: {refused.text}"
    nowhere = response.request.copy()
    nowhere.url = nowhere.url.replace(about, NOBODY)
    assert told(refused) == told(asked_by_another_company(nowhere)), f"another company is told {refused.text}"


def told(response):
    """The answer, without what is different each time."""
    return {name: value for name, value in response.json().items() if name not in ("requestId", "instance")}
