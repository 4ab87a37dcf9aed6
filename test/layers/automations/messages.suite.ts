import { assert, describe, it } from "@effect/vitest"
import { HTTP } from "cloudevents"
import { Context, Effect, Layer, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, isUndecodable } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { MessageSender } from "#layers/services/MessageSender.ts"
import type { Services } from "#layers/services/Services.ts"
import { confirmReturns, lending, ReturnConfirmed } from "#test/boards/lendingBoard.ts"
import { AcquireBook, ann, BookReturned, BorrowBook, ReturnBook } from "#test/boards/libraryBoard.ts"
import { runningBoard } from "#test/support/backends.ts"
import { freshBook } from "#test/support/libraryFixtures.ts"

/** A message as a subscriber receives it. */
export interface ReceivedMessage {
  readonly subject: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a subscriber to `msg.>` has received, in order. */
export class Received extends Context.Service<Received, { readonly messages: ReadonlyArray<ReceivedMessage> }>()(
  "test/Received"
) {}

/** The books for which the automation throws, and for which it sends what it does not declare. */
const throwsFor = new Set<string>()
const sendsOtherFor = new Set<string>()

const failingLending = Board.make({
  ...lending,
  slices: lending.slices.map((slice) =>
    slice === confirmReturns
      ? {
          ...confirmReturns,
          react: (event: BookReturned) => {
            if (throwsFor.has(event.book.id)) throw new Error("the mailbox is full")
            return sendsOtherFor.has(event.book.id) ? [event as never] : confirmReturns.react(event)
          }
        }
      : slice
  )
})

const [automationName] = subscriptions(lending)
  .automations.filter(({ name }) => name === "confirm-returns")
  .map(({ subscription }) => subscription.name) as [string]

const lendAndReturn = Effect.fnUntraced(function* (book: { readonly id: string }, correlationId: string) {
  const { execute } = yield* Commands
  yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
  yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
  return yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member", correlationId })
})

const soon = Schedule.spaced("20 millis")

/** The messages about a book, once there are so many. */
const messagesOf = (book: { readonly id: string }, count: number) =>
  Effect.flatMap(Received, ({ messages }) =>
    Effect.sync(() => messages.filter(({ body }) => body.includes(`"${book.id}"`)))
  ).pipe(Effect.repeat({ until: ({ length }) => length >= count, schedule: soon }))

const deadLettersOf = (book: { readonly id: string }, count: number) =>
  Effect.flatMap(DeadLetters, ({ all }) => all).pipe(
    Effect.map((all) => all.filter(({ by, place }) => by === automationName && place === `book/${book.id}`)),
    Effect.repeat({ until: ({ length }) => length === count, schedule: soon })
  )

/** Messages of automations reach subscribers, on every backend. */
export const messages = (name: string, backend: (board: Board.Any) => Layer.Layer<Services | Received>) => {
  const running = runningBoard(failingLending, { services: backend as never }) as Layer.Layer<
    Services | Received | Commands | DeadLetters
  >
  describe(`A message of an automation on ${name}`, () => {
    it.live("is a CloudEvent about its event, with ids that a repetition has too", () =>
      Effect.gen(function* () {
        const book = freshBook()
        const { facts } = yield* lendAndReturn(book, "a correlation")
        const [received] = yield* messagesOf(book, 1)
        const { body, headers, subject } = received!
        assert.strictEqual(subject, "msg.lending.ReturnConfirmed")
        assert.strictEqual(headers["nats-msg-id"], headers["ce-id"])
        const entry = yield* (yield* EventLog).readAt(facts[0]!.position)
        const event = entry._tag === "Some" && !isUndecodable(entry.value) ? entry.value : assert.fail("not found")
        const contentType = headers["ce-datacontenttype"]!
        const cloudEvent = HTTP.toEvent({ headers: { ...headers, "content-type": contentType }, body })
        assert.deepInclude(JSON.parse(JSON.stringify(cloudEvent)), {
          specversion: "1.0",
          id: deriveId(`${event.id}/confirm-returns/0`),
          source: "/lending/confirm-returns",
          type: "ReturnConfirmed",
          subject: `book/${book.id}`,
          time: event.time,
          datacontenttype: "application/json",
          dataschema: "urn:lending:schema:ReturnConfirmed:2",
          correlationid: "a%20correlation",
          causationid: event.id,
          actor: "Robot",
          data: { book, reader: ann }
        })
      }).pipe(Effect.provide(running))
    )

    it.live("that fails is dead-lettered, and sent once its dead letter is retried", () =>
      Effect.gen(function* () {
        const [full, other, healthy] = [freshBook(), freshBook(), freshBook()]
        throwsFor.add(full.id)
        sendsOtherFor.add(other.id)
        for (const book of [full, other, healthy]) yield* lendAndReturn(book, "c")
        yield* messagesOf(healthy, 1)
        const [thrown] = yield* deadLettersOf(full, 1)
        const [undeclared] = yield* deadLettersOf(other, 1)
        assert.deepInclude(thrown, { type: "BookReturned", attempts: 6 })
        assert.include(thrown!.reason, "the mailbox is full")
        assert.include(undeclared!.reason, "it sent BookReturned, which is not in its sends")
        assert.isEmpty(yield* messagesOf(full, 0))
        throwsFor.clear()
        sendsOtherFor.clear()
        const { retry } = yield* DeadLetters
        for (const letter of [thrown!, undeclared!]) assert.strictEqual(yield* retry(letter.id), 1)
        for (const book of [full, other]) assert.strictEqual((yield* messagesOf(book, 1)).length, 1)
      }).pipe(Effect.provide(running))
    )

    it.live("is not sent if it is larger than the server accepts", () =>
      Effect.gen(function* () {
        const { send } = yield* MessageSender
        const book = { id: "x".repeat(1_100_000) }
        const failure = yield* Effect.flip(send(outgoing(book)))
        assert.deepInclude(failure, { _tag: "MessageTooLarge", type: "ReturnConfirmed", maxBytes: 1_048_576 })
      }).pipe(Effect.provide(running))
    )
  })
}

/** A message about a book, which its schema need not accept. */
export const outgoing = (book: { readonly id: string }) => ({
  id: `id of ${book.id.slice(0, 20)}`,
  message: new ReturnConfirmed({ book, reader: ann }, { disableChecks: true }),
  automation: "confirm-returns",
  actor: "Robot",
  streamId: "book/x",
  time: "2022-12-12T10:00:00.000Z",
  correlationId: "c",
  causationId: "d"
})
