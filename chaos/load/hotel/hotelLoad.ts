import { Effect, Random } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { scheduleCleaning } from "#features/hotel-booking/schedule-cleaning/index.ts"
import type { BoardLoad, Client } from "../BoardLoad.ts"
import {
  contestedNight,
  guestCommands,
  overlappingStays,
  privateNight,
  randomCommand,
  rooms,
  type RoomNight
} from "./hotelCommands.ts"
import { hotelInvariants } from "./hotelInvariants.ts"

/** The path of the row that the last event of a command changes; undefined for a stay, which has several. */
const rowPath = (input: object): string | undefined => {
  const { date, newRoom, room } = input as Partial<RoomNight & { readonly newRoom: RoomNight["room"] }>
  return date === undefined ? undefined : `/rooms/${(newRoom ?? room)!.id}/nights/${date}`
}

/** The subject of an event stream that no command uses, so that only views and automations read its messages. */
const unusedPrefix = Effect.map(
  Effect.all([Random.nextIntBetween(9001, 9999), Random.nextIntBetween(10, 29)]),
  ([room, day]) => `room-night.booking.${room}_2019-01-${day}`
)

/** Guests and managers: on a few nights with contention, and on nights of a single guest each. */
export const hotelLoad = (): BoardLoad => {
  let hot = 0
  let cold = 0

  const contend = Effect.fnUntraced(function* ({ request, sendTwice }: Client) {
    const night = contestedNight(Math.floor(hot++ / 12) + (yield* Random.nextIntBetween(0, 5)))
    const command = yield* randomCommand(night)
    return (yield* Random.next) < 0.04 ? yield* sendTwice(command) : void (yield* request(command))
  })

  const visitAlone = Effect.fnUntraced(function* ({ isStopped, pause, readRow, request }: Client) {
    for (const command of yield* guestCommands(cold++)) {
      const outcome = yield* request(command)
      const seq = outcome.is === "done" && outcome.facts.length > 0 ? outcome.seq : 0
      const path = rowPath(command.input)
      if (seq > 0 && path !== undefined && (yield* Random.next) < 0.2) yield* readRow(path, seq)
      if (isStopped()) return
      yield* pause
    }
  })

  return {
    board: hotelBooking,
    first: rooms.map((id) => ({ command: "AddRoom", input: { room: { id } } })),
    step: (client) => Effect.flatMap(Random.next, (roll) => (roll < 0.6 ? contend(client) : visitAlone(client))),
    rush: (count) => {
      const night = privateNight(cold++)
      return Array.from({ length: count }, (_, n) => ({
        command: "BookRoom",
        input: { ...night, client: { id: 1 + n } }
      }))
    },
    batches: (count) => {
      const nights = Array.from({ length: count / 2 }, () => privateNight(cold++))
      const stays = Array.from({ length: count / 4 }, () => overlappingStays(cold++)).flat()
      return {
        before: nights.map((night) => ({ command: "BookRoom", input: { ...night, client: { id: 1 } } })),
        batches: [...nights.map((input) => ({ command: "CleanRoom", input })), ...stays]
      }
    },
    busy: { view: booking, automation: scheduleCleaning },
    unused: { event: RoomBooked, prefix: unusedPrefix },
    invariants: hotelInvariants
  }
}
