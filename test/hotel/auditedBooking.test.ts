import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import * as Commands from "#layers/commands/Commands.ts"
import { AuditEntries } from "#layers/memory/AuditMemory.ts"
import { MemoryLog } from "#layers/memory/MemoryLog.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { Ids } from "#layers/services/Ids.ts"
import { appendGiven } from "#test/support/appendGiven.ts"

const now = "2022-12-12T10:00:00.000Z"
const onMemory = CommandHandler.layer(hotelBooking).pipe(
  Layer.provideMerge(Memory.layer(hotelBooking)),
  Layer.provide(Ids.layerTest())
)

describe("The booking process must be auditable:", () => {
  const input = bookRoom.scenarios["it should be booked once"]!.when
  const [added] = bookRoom.scenarios["it should be booked once"]!.given

  it.effect(
    "a rejected booking and an accepted one are both in the audit, with the correlation id of the event stream",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse(now))
        const { execute } = yield* Commands.Commands
        const { entries } = yield* AuditEntries
        const { events } = yield* MemoryLog
        yield* Effect.flip(execute(bookRoom.command, input, { actor: "Guest" }))
        yield* appendGiven(hotelBooking, [added!])
        yield* TestClock.adjust("1 second")
        const { facts: receipt } = yield* execute(bookRoom.command, input, { actor: "Guest" })
        const shared = {
          command: "BookRoom",
          actor: "Guest",
          correlationId: "1_2022-12-12",
          streamId: "room-night/1_2022-12-12"
        }
        assert.strictEqual(entries.length, 1)
        assert.include(entries[0]!, { ...shared, commandId: "id-1", time: now, outcome: "refused" })
        assert.strictEqual(entries[0]!.rejection!._tag, "RoomUnknown")
        const found = events.filter(({ commandId }) => commandId === "id-2")
        assert.strictEqual(found.length, 1)
        assert.include(found[0]!, { ...shared, id: receipt[0]!.id, time: "2022-12-12T10:00:01.000Z" })
        deepStrictEqual(found[0]!.event, new RoomBooked(input))
      }).pipe(Effect.provide(onMemory))
  )
})
