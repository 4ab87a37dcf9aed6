import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { RequestFailed } from "#layers/nats/connection/Requests.ts"
import { PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { toWriteError } from "#layers/nats/publish/writeErrors.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { testServer } from "#test/support/testServer.ts"

/** Answers of nats-server 2.15 to a published message: error code, status, and the error for the sender. */
const answers = [
  [10002, 400, "LogFull", "account limits"],
  [10008, 503, "LogUnavailable", "JetStream is not available for now"],
  [10009, 500, "LogUnavailable", "not the leader"],
  [10023, 503, "LogFull", "the server's limits"],
  [10028, 500, "LogFull", "memory"],
  [10039, 503, "LogUnavailable", "JetStream is not enabled"],
  [10041, 500, "LogUnavailable", "Raft"],
  [10047, 500, "LogFull", "storage"],
  [10054, 400, "WriteRejected", "message size"],
  [10059, 404, "LogUnavailable", "no such stream"],
  [10060, 400, "WriteRejected", "another stream was expected"],
  [10077, 503, "LogFull", "maximum bytes exceeded"],
  [10097, 400, "WriteRejected", "header size"],
  [10109, 400, "WriteRejected", "sealed"],
  [10111, 500, "LogUnavailable", "rollup failed"],
  [10118, 500, "LogUnavailable", "the stream is offline"],
  [10158, 409, "LogUnavailable", "the message id is being stored"],
  [10167, 429, "LogUnavailable", "too many requests"],
  [10174, 400, "WriteRejected", "atomic publish is disabled"],
  [10176, 400, "LogUnavailable", "the batch is incomplete"],
  [10179, 400, "WriteRejected", "batch id"],
  [10199, 400, "WriteRejected", "batch too large"],
  [10200, 400, "WriteRejected", "batch commit"],
  [10210, 429, "LogUnavailable", "too many batches"],
  [19999, 503, "LogUnavailable", "whatever a later server cannot do for now"],
  [19999, 400, "WriteRejected", "whatever a later server will not do"]
] as const

describe("A write that the server rejects", () => {
  it.each(answers)("%i (%i) is %s: %s", (code, status, tag, description) => {
    const error = toWriteError(new PublishRejected({ code, status, description }), "audit", "audit: ")
    assert.strictEqual(error._tag, tag)
    const where = tag === "LogFull" ? "" : "audit: "
    assert.strictEqual(error.reason, `${where}${description} (${code})`)
  })

  it("is not one that it does not answer", () => {
    assert.strictEqual(
      toWriteError(new RequestFailed({ subject: "s", reason: "gone" }), "audit")._tag,
      "LogUnavailable"
    )
  })

  it.live(
    "permanently is not reported as an outage: a log without batches, or with smaller messages than the board declares",
    () =>
      Effect.gen(function* () {
        const { url } = yield* testServer({ syncInterval: "2m" })
        yield* Effect.gen(function* () {
          const log = yield* EventLog
          const manager = yield* Effect.acquireRelease(
            Effect.promise(() => connect({ servers: url })),
            (nats) => Effect.promise(() => nats.close())
          ).pipe(Effect.flatMap((nats) => Effect.promise(() => jetstreamManager(nats))))
          const limit = (config: object) => Effect.promise(() => manager.streams.update("library", config))
          const append = (title: string, both: boolean) => {
            const book = freshBook()
            const events = [new BookAcquired({ book, title }), ...(both ? [new BookShelved({ book, shelf: "s" })] : [])]
            return appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(book.id))
          }
          yield* limit({ max_msg_size: 4_000 })
          const large = yield* Effect.flip(append("x".repeat(5_000), false))
          assert.deepInclude<object>(large, {
            _tag: "WriteRejected",
            reason: "message size exceeds maximum allowed (10054)"
          })
          yield* limit({ allow_atomic: false })
          const batch = yield* Effect.flip(append("", true))
          assert.deepInclude<object>(batch, { _tag: "WriteRejected", reason: "atomic publish is disabled (10174)" })
          assert.strictEqual((yield* append("", false)).length, 1)
        }).pipe(Effect.scoped, Effect.provide(NatsLayers.layer(library, { servers: url, replicas: 1 })))
      }).pipe(Effect.scoped)
  )
})
