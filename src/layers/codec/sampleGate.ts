import { Result, Schema } from "effect"
import { Board, Event, Key, Lane, Projection } from "#domain/model/index.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { dataschemaUri } from "./eventCodec.ts"
import { storedShapeCodecs } from "./storedShapeCodecs.ts"

/** An event as a log has it, kept beside the code to prove that later code reads it. */
export const EventSample = Schema.Struct({
  dataschema: Schema.String,
  /** Its event stream: `room-night/1_2022-12-12`. */
  streamId: Schema.String,
  data: Schema.Json,
  /** `scenario`: it was in no log yet when the samples were collected. */
  from: Schema.Literals(["log", "scenario"])
})
export type EventSample = typeof EventSample.Type

const named = (dataschema: string) => dataschema.split(":").slice(-2).join(" version ")

const keepShape =
  "keep the class of this version, give the changed one the next version, and declare the kept one with Event.older in older of its lane"

/** Folds an event into all states and rows that read it; throws what they throw. */
const foldEverywhere = (board: Board.Any) => {
  const projections = [...Board.projections(board), ...Board.views(board).map(({ shows }): Projection.Any => shows)]
  return (event: DomainEvent): void => {
    for (const projection of projections) Projection.fold(projection, [event])
    for (const { key, shows } of Board.views(board))
      if (Object.hasOwn(shows.evolve, event._tag)) Key.tokens(key, event as never)
  }
}

/** A sentence for each sample that the board cannot read, upcast or fold: which event, which field, and what to do. */
export const unreadableSamples = (board: Board.Any, samples: ReadonlyArray<EventSample>): ReadonlyArray<string> => {
  const codecs = new Map(storedShapeCodecs(board).map((codec) => [codec.dataschema, codec]))
  const fold = foldEverywhere(board)
  return samples.flatMap(({ data, dataschema, streamId }) => {
    const codec = codecs.get(dataschema)
    if (!codec)
      return [
        `Logs have ${named(dataschema)}, which the board does not read: ${keepShape}; if no command emits the event any more, ` +
          "move it to retired of its lane."
      ]
    const decoded = codec.decode(data)
    if (Result.isFailure(decoded))
      return [`Logs have ${named(dataschema)} as the board cannot read it: ${decoded.failure.message}: ${keepShape}.`]
    try {
      for (const event of codec.upcast?.(decoded.success, streamId) ?? [decoded.success]) fold(event)
      return []
    } catch (error) {
      return [`Logs have ${named(dataschema)} of ${streamId}, and ${errorMessage(error)}.`]
    }
  })
}

/** The shapes of which there is no sample, as `dataschema` names them. */
export const missingSamples = (board: Board.Any, samples: ReadonlyArray<EventSample>): ReadonlyArray<string> => {
  const known = new Set(samples.map(({ dataschema }) => dataschema))
  return board.lanes
    .flatMap(Lane.storedShapes)
    .map((shape) => dataschemaUri(board, shape.identifier, Event.version(shape)))
    .filter((dataschema) => !known.has(dataschema))
}
