import { Result, Schema } from "effect"
import { Board, Boundary, Key, Lane } from "#domain/model/index.ts"
import { describedString } from "#layers/http/request/endpointSchemas.ts"
import { keyDecoder } from "#layers/http/request/keyParams.ts"
import { anyOfParam, correlationParam, parameter } from "#layers/http/request/parameters.ts"
import { singleValue, type ParamReader } from "#layers/http/request/queryParams.ts"
import { type MatchByType, eventMatcher } from "#layers/monitoring/search/fieldIndex.ts"

/**
 * An event stream, as in the subject of a CloudEvent: `room-night/1_2022-12-12`. Its key has to be valid for the
 * boundary.
 */
const streamIdReader = (board: Board.Any): ParamReader<Boundary.StreamId> => {
  const boundaries = new Map(
    board.lanes.flatMap(Lane.boundaries).map((boundary) => {
      const fields = Object.keys(boundary.key)
      return [boundary.name, { boundary, fields, decode: keyDecoder(boundary.key as Key.Key) }]
    })
  )
  return singleValue((value) => {
    const [name = "", key = "", ...more] = value.split("/")
    const entry = boundaries.get(name)
    if (!entry || more.length > 0) {
      const names = [...boundaries.keys()]
      return Result.fail([`Expected an event stream, such as ${names[0]}/…, of one of ${names.join(", ")}`])
    }
    const { boundary, decode, fields } = entry
    const texts = Key.fromSubjectToken(boundary.key, key)
    if (!texts) {
      return Result.fail([`Expected the key of an event stream (${fields.join(", ")}), as in the subject of an event`])
    }
    const about = decode(Object.fromEntries(fields.map((field, n) => [field, texts[n]])))
    if (Result.isFailure(about)) return Result.fail(about.failure.map(({ message, path }) => `${path}: ${message}`))
    const streamId = Boundary.streamId(boundary, about.success as never)
    return streamId.key === key
      ? Result.succeed(streamId)
      : Result.fail([`Expected it written as ${Boundary.format(streamId)}`])
  })
}

/** Values of fields, `room:1`, one per parameter: the part after the first colon is the value as in a path. */
const fieldValueReader = (board: Board.Any): ParamReader<MatchByType> => {
  const find = eventMatcher(board)
  return (values) => {
    const terms = values.map((value) => {
      const [name = "", ...text] = value.split(":")
      return { name, text: text.join(":") }
    })
    const found = find(terms)
    return found.size > 0
      ? Result.succeed(found)
      : Result.fail(["Expected a field that an event of the board has, and a value of it: room:1"])
  }
}

/** Parameters that filter events by lane, type or correlation. */
export const filterParams = (board: Board.Any) => ({
  lane: anyOfParam(
    board.lanes.map(({ name }) => name),
    "Only events of this lane"
  ),
  type: anyOfParam(
    [...Board.laneOf(board).keys()],
    "Only events of this type, by the name under which they are stored"
  ),
  correlation: correlationParam("Only events with this correlation id")
})

export const streamIdParam = (board: Board.Any) =>
  parameter(describedString("Only events of this event stream: `room-night/1_2022-12-12`"), streamIdReader(board))

export const fieldValueParam = (board: Board.Any) =>
  parameter(
    Schema.Array(Schema.String).annotate({
      description: "Only events with this value in this field, `room:1`; an entity is given by its id; may be repeated"
    }),
    fieldValueReader(board)
  )
