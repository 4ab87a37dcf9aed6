import { Effect } from "effect"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { bulkLoad } from "./bulkLoad.ts"
import { openBoard } from "./environment.ts"
import type { Environment } from "./Measure.ts"
import { deliveredEvent, depotEvents, loadedEvent, parcels } from "./parcelsBoard.ts"
import { messageEncoder } from "./preparedMessages.ts"

export const eventsPerParcel = 10

/** The number of parcels in transit at once, whose events are interleaved in the log. */
const parcelsInTransit = 100

const encodeRaw = messageEncoder(parcels)

const parcelEvents = (parcel: { readonly id: number }): ReadonlyArray<DomainEvent> => {
  const there = [...depotEvents(parcel), loadedEvent(parcel)]
  return [...there, ...there.slice(1), deliveredEvent(parcel)]
}

function* parcelMessages(count: number) {
  for (let from = 1; from <= count; from += parcelsInTransit) {
    const ids = Array.from({ length: Math.min(parcelsInTransit, count - from + 1) }, (_, n) => from + n)
    for (let index = 1; index <= eventsPerParcel; index++) {
      for (const id of ids) yield encodeRaw(parcelEvents({ id })[index - 1]!, { command: "AcceptParcel", index })
    }
  }
}

/** A folder with this number of parcels, each with ten events. */
export const filledParcels = ({ fixtures }: Environment, count: number) =>
  Effect.map(
    fixtures.once(`parcels ${count}`, (environment, path) =>
      Effect.gen(function* () {
        const all = yield* openBoard(environment, parcels, path)
        yield* Effect.tryPromise(() => bulkLoad(all.nats, parcelMessages(count)))
        yield* all.settle
      })
    ),
    ({ path }) => path
  )
