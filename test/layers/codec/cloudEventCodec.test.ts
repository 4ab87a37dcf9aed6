import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "@effect/vitest"
import { type CloudEventV1, HTTP } from "cloudevents"
import { Arbitrary, Result, Schema } from "effect"
import { Board, type Event } from "#domain/model/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec, type Message } from "#layers/codec/cloudEventCodec.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { anyOf, anyMetadata, anyRecordedEvent, thoroughRuns } from "#test/support/arbitraries.ts"
import { assertPlainHeaders, attributes, optional, toParsedMessage } from "#test/support/eventMessages.ts"

/**
 * Reads a message with the CloudEvents SDK. It expects the content type in HTTP's own header, and does not decode the
 * percent-encoding that the bindings require, so `read` does.
 */
const toEvent = ({ data, headers }: Message) => {
  const all = Object.fromEntries(parseHeaders(headers))
  return HTTP.toEvent({
    headers: { ...all, "content-type": all["ce-datacontenttype"]! },
    body: data
  }) as CloudEventV1<unknown> & { readonly validate: () => boolean }
}

const read = (message: Message): Record<string, unknown> => {
  const event = toEvent(message)
  const entries = Object.entries(JSON.parse(JSON.stringify(event)) as object)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? decodeURIComponent(value) : value])
  )
}

/** The attributes that the SDK should read for an event or an audit entry. */
const expectedAttributes = (board: Board.Any, of: RecordedEvent | AuditEntry): Record<string, unknown> => ({
  specversion: "1.0",
  id: of.id,
  source: `/${board.name}/${of.command}`,
  subject: of.streamId,
  time: of.time,
  datacontenttype: "application/json",
  correlationid: of.correlationId,
  causationid: of.causationId,
  commandid: of.commandId,
  commandhash: of.commandHash,
  actor: of.actor,
  ...(of.authId !== undefined && { authid: of.authId, authtype: "app_user" }),
  ...(of.traceparent && { traceparent: of.traceparent })
})

const classOf = (classes: ReadonlyArray<Event.Any>, { _tag }: { readonly _tag: string }) =>
  classes.find(({ identifier }) => identifier === _tag)!

/** The data as JSON has it, which knows no -0. */
const plain = (schema: Event.Any, value: unknown) => {
  const { _tag, ...data } = Schema.encodeUnknownSync(Schema.toCodecJson(schema))(value) as Record<string, unknown>
  return JSON.parse(JSON.stringify(data)) as object
}

for (const board of [...appBoards, library]) {
  const { decode, encode, encodeAuditEntry } = cloudEventCodec(board)

  describe(`The encoded events of ${board.name}`, () => {
    it.prop(
      "are decoded to the same events",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        const decoded = Result.getOrThrow(decode(toParsedMessage(encode(recorded), recorded)))
        assert.deepStrictEqual(decoded, recorded)
        assert.strictEqual(decoded.event.constructor, recorded.event.constructor)
      },
      thoroughRuns
    )

    it.prop(
      "have exactly the listed headers, in visible ASCII",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        assertPlainHeaders(
          encode(recorded),
          attributes.filter((name) => !optional.has(name))
        )
      },
      thoroughRuns
    )

    it.prop(
      "are CloudEvents: the SDK reads the same attributes",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        const message = encode(recorded)
        const { dataschema, ...event } = read(message)
        deepStrictEqual(event, {
          ...expectedAttributes(board, recorded),
          type: recorded.event._tag,
          factindex: String(recorded.streamRevision),
          data: plain(classOf(Board.events(board), recorded.event), recorded.event)
        })
        assert.include(String(dataschema), recorded.event._tag)
      },
      thoroughRuns
    )
  })

  describe(`The encoded audit entries of ${board.name}`, () => {
    const rejections = [...new Set<Event.Any>(Board.commands(board).flatMap(({ rejects }) => rejects))]
    const anyEntry = Arbitrary.all([anyMetadata, anyOf(rejections)])

    it.prop(
      "are CloudEvents of the rejection, in visible ASCII: the SDK reads the same attributes",
      [anyEntry],
      ([[of, rejection]]) => {
        const message = encodeAuditEntry({ ...of, outcome: "refused", rejection })
        assertPlainHeaders(message, ["type", "dataschema"])
        const { dataschema: _, ...event } = read(message)
        const data = plain(classOf(rejections, rejection), rejection)
        deepStrictEqual(event, {
          ...expectedAttributes(board, { ...of, outcome: "refused" }),
          type: rejection._tag,
          data
        })
      },
      thoroughRuns
    )

    it.prop(
      "and the encoded events are valid by the strict rules of the SDK",
      [anyEntry, anyRecordedEvent(board)],
      ([[of, rejection], recorded]) => {
        for (const message of [encode(recorded), encodeAuditEntry({ ...of, outcome: "refused", rejection })]) {
          assert.isTrue(toEvent(message).validate())
        }
      }
    )

    it.prop("have the type Unchanged if the command had nothing to do", [anyMetadata], ([of]) => {
      const message = encodeAuditEntry({ ...of, outcome: "unchanged" })
      assertPlainHeaders(message, ["type", "dataschema"])
      const { dataschema: _, ...event } = read(message)
      deepStrictEqual(event, {
        ...expectedAttributes(board, { ...of, outcome: "unchanged" }),
        type: "Unchanged",
        data: {}
      })
    })
  })
}
