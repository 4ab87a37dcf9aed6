"""Reads messages of a lane without credentials, and prints them, decoded with the official CloudEvents SDK: a JSON object a line.

Arguments: the address of the server, the stream of the lane, and the number of messages.
"""

import asyncio
import json
import sys

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.formats.json import JSONFormat


def decode(message):
    # The NATS binding has the same headers as the HTTP binding, except that the content type is an attribute.
    headers = dict(message.headers)
    content_type = headers.pop("ce-datacontenttype", None)
    if content_type:
        headers["content-type"] = content_type
    event = from_binary(HTTPMessage(headers=headers, body=message.data), JSONFormat())
    attributes = {name: str(value) for name, value in event.get_attributes().items()}
    return {"subject": message.subject, "attributes": attributes, "data": event.get_data()}


async def main(server, stream, count):
    connection = await nats.connect(server)
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL)
    subscription = await connection.jetstream().pull_subscribe(">", stream=stream, config=config)
    # The server copies into a lane a moment after the command was answered.
    for message in await subscription.fetch(count, timeout=10):
        print(json.dumps(decode(message)))
    await connection.close()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
