import { Context, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { type Client, clientOf } from "#layers/http/contract/client.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

export type { Answer } from "#test/support/servedBoard.ts"

/** The served hotel, or a variant of it, with its client. */
export class Served extends Context.Service<
  Served,
  ServedBoard["Service"] & { readonly client: Client<typeof hotelBooking> }
>()("test/Served") {}

/** Serves a running hotel on a free port. */
export const servedOn = (board: typeof hotelBooking) =>
  Layer.effect(
    Served,
    Effect.gen(function* () {
      const served = yield* ServedBoard
      return { ...served, client: yield* clientOf(board, served.url) }
    })
  ).pipe(Layer.provide(servedBoard(board)), Layer.provide(FetchHttpClient.layer))

/** The hotel on a backend, served. */
export const servedHotel = (backend: Backend) =>
  servedOn(hotelBooking).pipe(Layer.provideMerge(runningBoard(hotelBooking, backend)))

let rooms = 100

/** A new room, so that tests can share one hotel. */
export const freshRoom = Effect.gen(function* () {
  const { client } = yield* Served
  const room = { id: ++rooms }
  yield* Effect.orDie(client.commands.AddRoom({ room }))
  return room
})
