import { Arbitrary, Schema } from "effect"
import { Board, type Event } from "#domain/model/index.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

const pattern = (regexp: RegExp) => Schema.String.check(Schema.isPattern(regexp))

/** Characters with a meaning in headers, percent encodings and subjects. */
const hostile = Schema.Literals([...'\0\t\n\r\u001f\u007f\u0085\u2028 "%:,;.*>_aé'])

/** Any non-empty text: any plane of Unicode, controls, quotes, percents. */
export const anyText = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Literals(["ascii", "hostile", "unicode"])),
  (alphabet): Arbitrary.Arbitrary<string> => {
    switch (alphabet) {
      case "ascii":
        return Arbitrary.schema(pattern(/^[\x20-\x7e]{1,128}$/u))
      case "hostile":
        return Arbitrary.map(Arbitrary.array(Arbitrary.schema(hostile), { minLength: 1, maxLength: 40 }), (chars) =>
          chars.join("")
        )
      case "unicode":
        return Arbitrary.schema(pattern(/^[^\ud800-\udfff]{1,40}$/u))
    }
  }
)

const day = pattern(/^(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T[01]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/u)

const metadataFields = {
  id: Arbitrary.schema(pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)),
  streamId: Arbitrary.schema(pattern(/^[a-z-]{1,20}\/[A-Za-z0-9_-]{1,60}$/u)),
  command: Arbitrary.schema(pattern(/^[A-Z][A-Za-z0-9]{0,30}$/u)),
  commandId: anyText,
  commandHash: Arbitrary.schema(pattern(/^[A-Za-z0-9_-]{22}$/u)),
  actor: anyText,
  authId: Arbitrary.flatMap(Arbitrary.schema(Schema.Boolean), (isKnown) =>
    isKnown ? anyText : Arbitrary.schema(Schema.Undefined)
  ),
  correlationId: anyText,
  causationId: anyText,
  time: Arbitrary.schema(day),
  traceparent: Arbitrary.schema(Schema.UndefinedOr(pattern(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/u)))
}

/** Any metadata of an event. */
export const anyMetadata = Arbitrary.all(metadataFields)

/** Any value of any of these classes, with equal frequency. */
export const anyOf = (classes: ReadonlyArray<Event.Any>): Arbitrary.Arbitrary<Event.Any["Type"]> =>
  Arbitrary.flatMap(Arbitrary.schema(Schema.Literals(classes.map((_, n) => n))), (n) =>
    Arbitrary.schema(Schema.toType(classes[n]!))
  )

/** Any recorded event of the board. */
export const anyRecordedEvent = (board: Board.Any): Arbitrary.Arbitrary<RecordedEvent> =>
  Arbitrary.all({
    ...metadataFields,
    event: anyOf(Board.events(board)),
    position: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))),
    streamRevision: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 }))),
    subject: Arbitrary.schema(pattern(/^[a-z]{1,9}\.[a-z-]{1,20}$/u))
  })

/** Options of a property: as many runs as are fast, and values as large as the schemas allow. */
export const thoroughRuns = { arbitrary: { runs: 400, size: 100 } }
