import { assert, describe, it } from "@effect/vitest"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Boundary } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { makeEventAppender } from "#layers/nats/publish/eventAppender.ts"
import { emptyStream, type ExpectedVersion } from "#layers/services/EventLog.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import { CourseBoundary, NameBoundary, StudentBoundary, StudentSubscribed } from "#test/boards/academyEvents.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const [course, student] = [{ id: "c" }, { id: "s" }]
const at = (streamId: Boundary.StreamId, position = 0): ExpectedVersion => ({
  streamId,
  version: position === 0 ? emptyStream : { position, count: 1 }
})
const expected = [
  at(Boundary.streamId(CourseBoundary, { course }), 7),
  at(Boundary.streamId(StudentBoundary, { student }), 4),
  at(Boundary.streamId(NameBoundary, { name: "n" }), 2)
]

type Answer =
  | { readonly seq: number; readonly duplicate?: boolean }
  | { readonly code: number; readonly status?: number }

const messageOf = (answer: Answer) =>
  ({
    json: () =>
      "code" in answer
        ? { error: { err_code: answer.code, code: answer.status ?? 400, description: "no" } }
        : { stream: "academy", ...answer }
  }) as Msg

interface Published {
  readonly subject: string
  readonly headers: Readonly<Record<string, string>>
}

const publishedOf = (subject: string, headers: { readonly encode: () => Uint8Array }): Published => ({
  subject,
  headers: Object.fromEntries(
    Buffer.from(headers.encode())
      .toString("latin1")
      .split("\r\n")
      .map((line) => line.split(/: (.*)/su))
      .filter(([name]) => name!.startsWith("Nats-"))
      .map(([name, value]) => [name!, value!])
  )
})

/** Appends a subscription to a server that answers the batch, and then each probe, like this. */
const appendTo = Effect.fnUntraced(function* (answer: Answer, ...probes: ReadonlyArray<Answer>) {
  const published: Array<Published> = []
  const probed: Array<Published> = []
  const nats = {
    publish: (subject: string, _: unknown, { headers }: { headers: any }) =>
      void published.push(publishedOf(subject, headers))
  } as unknown as NatsConnection
  const requests = {
    send: (subject: string, _: unknown, headers: any, { onMessage }: { onMessage: (message: Msg) => void }) => {
      published.push(publishedOf(subject, headers))
      queueMicrotask(() => onMessage(messageOf(answer)))
    },
    one: (subject: string, _: unknown, headers: any) => {
      probed.push(publishedOf(subject, headers))
      return Effect.succeed(messageOf(probes[probed.length - 1] ?? { code: 10071 }))
    }
  } as unknown as Requests["Service"]
  const append = makeEventAppender(academyBoard, nats, requests, cloudEventCodec(academyBoard))
  const result = yield* Effect.result(
    append(expected, [new StudentSubscribed({ course, student })], testMetadata("c-1"))
  )
  return { published, probed, result }
})

const guardOf = ({ headers }: Published) => [
  headers["Nats-Expected-Last-Subject-Sequence-Subject"],
  headers["Nats-Expected-Last-Subject-Sequence"]
]

const conflict = (isInFlight: boolean) => ({ _tag: "VersionConflict", streamId: "course/c", isInFlight })

describe("An append with several expected versions", () => {
  it.effect("is one batch with a guard for each event stream; one without an event rides on a check", () =>
    Effect.gen(function* () {
      const { published, result } = yield* appendTo({ seq: 12 })
      assert.deepStrictEqual(
        published.map(({ subject }) => subject),
        [
          "academy.course.subscriptions.c.student-subscribed",
          "academy.student.@subscriptions.s.student-subscribed",
          "academy.@check"
        ]
      )
      assert.deepStrictEqual(published.map(guardOf), [
        ["academy.course.*.c.*", "7"],
        ["academy.student.*.s.*", "4"],
        ["academy.name.*.n.*", "2"]
      ])
      assert.isUndefined(published[2]!.headers["Nats-Msg-Id"], "a check may be stored any number of times")
      const stored = result._tag === "Success" ? result.success : []
      assert.deepStrictEqual(
        stored.map(({ position, streamRevision }) => [position, streamRevision]),
        [
          [10, 2],
          [11, 2]
        ]
      )
    })
  )

  it.effect("fails by the server's code: a wrong version, one that is just changing", () =>
    Effect.gen(function* () {
      for (const [code, isInFlight] of [
        [10071, false],
        [10164, true]
      ] as const) {
        const { probed, result } = yield* appendTo({ code })
        assert.deepInclude<object>(result._tag === "Failure" ? result.failure : {}, conflict(isInFlight))
        assert.deepStrictEqual(probed, [])
      }
    })
  )

  it.effect("that has a duplicate asks for its position, with a guard that cannot hold", () =>
    Effect.gen(function* () {
      for (const [probe, position] of [
        [{ seq: 3, duplicate: true }, 3],
        [{ code: 10071 }, undefined]
      ] as const) {
        const { probed, result } = yield* appendTo({ code: 10201 }, probe)
        assert.deepInclude<object>(result._tag === "Failure" ? result.failure : {}, {
          _tag: "DuplicateCommand",
          commandId: "c-1",
          position
        })
        assert.deepStrictEqual(probed.map(guardOf), [["academy.course.*.c.*", `${Number.MAX_SAFE_INTEGER}`]])
      }
    })
  )

  it.effect("that is incomplete asks for the reason: a full log, or none, so that it is retried", () =>
    Effect.gen(function* () {
      const full = yield* appendTo({ code: 10176 }, { code: 10071 }, { code: 10077, status: 503 })
      assert.strictEqual(full.result._tag === "Failure" && full.result.failure._tag, "LogFull")
      const lost = yield* appendTo({ code: 10176 })
      assert.strictEqual(lost.probed.length, 3)
      assert.strictEqual(lost.result._tag === "Failure" && lost.result.failure._tag, "LogUnavailable")
    })
  )
})
