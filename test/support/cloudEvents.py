"""Writes events as HTTP messages with the official CloudEvents SDK: a JSON list on standard input, one on standard output."""

import base64
import json
import sys
from datetime import datetime

from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent


def message(each):
    attributes = dict(each["attributes"])
    if "time" in attributes:
        attributes["time"] = datetime.fromisoformat(attributes["time"])
    data = each["data"]
    if each["mode"] == "base64":
        data = json.dumps(data).encode()
    event = CloudEvent(attributes=attributes, data=data)
    written = (to_binary if each["mode"] == "binary" else to_structured)(event, JSONFormat())
    return {"headers": written.headers, "body": base64.b64encode(written.body).decode()}


json.dump([message(each) for each in json.load(sys.stdin)], sys.stdout)
