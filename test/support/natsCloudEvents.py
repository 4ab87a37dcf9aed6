"""Sends events of the official CloudEvents SDK as requests over NATS.

A JSON list of events on standard input; their answers as a list on standard output. The server's URL is the argument.
"""

import asyncio
import json
import sys

import nats
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent


async def main():
    client = await nats.connect(sys.argv[1])
    answers = []
    for each in json.load(sys.stdin):
        event = CloudEvent(attributes=each["attributes"], data=each["data"])
        written = (to_binary if each["mode"] == "binary" else to_structured)(event, JSONFormat())
        # CloudEvents 1.0.2 sends no headers over NATS: the payload is the event.
        headers = None if each["mode"] == "bare" else written.headers
        answer = await client.request(each["subject"], written.body, timeout=5, headers=headers)
        answers.append({"headers": dict(answer.headers or {}), "body": json.loads(answer.data)})
    await client.close()
    json.dump(answers, sys.stdout)


asyncio.run(main())
