import { type Board, Name } from "#domain/grammar/index.ts"
import { type Cause, Effect, Fiber, Layer, Queue } from "effect"
import { Audit, type Line } from "../Audit.ts"
import { LogUnavailable } from "../EventLog.ts"
import { persist } from "../runtime/supervise.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { committer } from "./committer.ts"
import { Nats } from "./Nats.ts"
import { code, Rejected } from "./publish.ts"
import { NoAnswer, Requests } from "./Requests.ts"

/** Lines that may wait; then who writes waits, too. */
const mostWaiting = 10_000
const patience = "3 seconds"

/** For how long lines gather before they are written: in groups they cost the server a tenth. */
const gathers = "20 millis"

/** How long the end waits for the last lines. */
const farewell = "2 seconds"

const most = 512

/** `audit.refused.book-room.1_2022-12-12`, in the stream `audit-refused`. */
const subjectOf = ({ outcome, command, place }: Line) =>
  `audit.${outcome}.${Name.kebab(command)}.${place.slice(place.indexOf("/") + 1)}`

/** Why a line could not be written, for whoever reads the app's log. */
const reasonOf = (error: NoAnswer | Rejected) =>
  error._tag === "NoAnswer"
    ? error.reason
    : error.code === code.streamFull
      ? `audit-refused is full (${error.description}); raise the board's limit for the audit`
      : `${error.description} (${error.code})`

/** Lines gather while others are written, and go out in groups; what cannot be written is tried again until it can. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    Audit,
    Effect.gen(function* () {
      const commit = committer(yield* Nats, yield* Requests)
      const codec = codecOf(board)
      const waiting = yield* Queue.bounded<Line, Cause.Done>(mostWaiting)

      const store = (line: Line) =>
        commit({ messages: [{ id: line.id, subject: subjectOf(line), ...codec.encodeLine(line) }] }).pipe(
          Effect.mapError((error) => new LogUnavailable({ reason: reasonOf(error) }))
        )

      const storeAll = (lines: ReadonlyArray<Line>) => {
        const left = new Set(lines)
        const tried = Effect.suspend(() =>
          Effect.forEach(left, (line) => Effect.tap(store(line), () => Effect.sync(() => left.delete(line))), {
            concurrency: "unbounded",
            discard: true
          })
        )
        return persist("audit", tried)
      }

      const writing = yield* Queue.peek(waiting).pipe(
        Effect.andThen(Effect.sleep(gathers)),
        Effect.andThen(Queue.takeBetween(waiting, 1, most)),
        Effect.flatMap(storeAll),
        Effect.forever,
        Effect.forkScoped
      )
      yield* Effect.addFinalizer(() =>
        Queue.end(waiting).pipe(
          Effect.andThen(Fiber.await(writing)),
          Effect.timeoutOrElse({
            duration: farewell,
            orElse: () => Effect.logError("Refusals were not written to the audit: it was not reachable to the end")
          })
        )
      )
      return {
        write: (line) =>
          Queue.offer(waiting, line).pipe(
            Effect.timeoutOrElse({
              duration: patience,
              orElse: () => Effect.fail(new LogUnavailable({ reason: "the audit takes no more lines" }))
            }),
            Effect.asVoid
          )
      }
    })
  )
