import { Result } from "effect"
import { Board, type Event, Name } from "#domain/model/index.ts"
import type { Line } from "#layers/services/Audit.ts"
import { Unreadable } from "#layers/services/EventLog.ts"
import type { Origin, Recorded } from "#layers/services/RecordedEvent.ts"
import {
  type Attributes,
  attributesOf,
  decodeAttributes,
  headerLines,
  type Headers,
  linesOf
} from "./cloudEventAttributes.ts"
import { factCodec, schemaOf } from "./eventCodec.ts"
import type { HeaderBlock } from "./HeaderBlock.ts"
import { Lean } from "./LazyRecordedEvent.ts"
import * as Subject from "./Subject.ts"

/** A message as it goes over the wire: its headers as lines of text, each with its end, and the body. */
export interface Message {
  readonly headers: string
  readonly data: string
}

export interface Incoming {
  readonly subject: string
  readonly position: number
  readonly headers: Headers
  readonly data: () => unknown
}

/** What a message is about, where all else comes from its origin. */
type About = Pick<Attributes, "id" | "subject"> & Partial<Pick<Attributes, "factindex">>

/** What comes first tells that this codec wrote it; see `read`. */
const firstLines = (dataschema: string) => headerLines({ specversion: "1.0", dataschema })
const sourceOf = (board: Board.Any, command: string) => ({ source: `/${board.name}/${command}` })

/** The lines of what a command left. */
const linesFor = (board: Board.Any, type: string, dataschema: string) => {
  const first = firstLines(dataschema)
  const rest = headerLines({ datacontenttype: "application/json", type })
  return (origin: Origin, about: About): string =>
    first +
    headerLines({
      ...sourceOf(board, origin.command),
      time: origin.time,
      correlationid: origin.correlationId,
      causationid: origin.causationId,
      commandid: origin.commandId,
      commandhash: origin.commandHash,
      actor: origin.actor,
      traceparent: origin.traceparent,
      ...about
    }) +
    rest
}

/** A message as the server hands it over. */
export interface Raw extends Omit<Incoming, "headers"> {
  readonly headers: HeaderBlock
}

/** How the facts of a board are written as CloudEvents, and read. */
export const codecOf = (board: Board.Any) => {
  const codecFor = (event: Event.Any) => {
    const codec = factCodec(board, event)
    return [event.identifier, { ...codec, lines: linesFor(board, event.identifier, codec.dataschema) }] as const
  }
  const codecs = new Map(Board.facts(board).map(codecFor))
  const refused: ReadonlyArray<Event.Any> = Board.commands(board).flatMap(({ refuses }) => refuses)
  const refusals = new Map(refused.map(codecFor))
  const linesOfType = (type: string) => linesFor(board, type, schemaOf(board, type, 1))
  const unchanged = linesOfType("Unchanged")
  const [voidedLines, dismissedLines] = [linesOfType("PositionVoided"), linesOfType("DeadLetterDismissed")]

  const encode = (recorded: Omit<Recorded, "position">): Message => {
    const { encode, lines } = codecs.get(recorded.fact._tag)!
    const { id, index, place } = recorded
    return {
      headers: lines(recorded, { id, subject: place, factindex: String(index) }),
      data: JSON.stringify(encode(recorded.fact))
    }
  }

  const decode = ({ subject, position, headers, data }: Incoming): Result.Result<Recorded, Unreadable> => {
    const unreadable = (reason: string) =>
      Result.fail(new Unreadable({ subject, place: Subject.placeOf(subject), position, reason }))
    const attributes = decodeAttributes(attributesOf(headers))
    if (Result.isFailure(attributes))
      return unreadable(`its headers are not those of a fact: ${attributes.failure.message}`)
    const ce = attributes.success
    const codec = codecs.get(ce.type)
    if (!codec) return unreadable(`the board has no fact named ${ce.type}`)
    if (codec.dataschema !== ce.dataschema)
      return unreadable(`its shape is ${ce.dataschema}, known is ${codec.dataschema}`)
    let body: unknown
    try {
      body = data()
    } catch (error) {
      return unreadable(`its body is not JSON: ${String(error)}`)
    }
    const fact = codec.decode(body)
    if (Result.isFailure(fact)) return unreadable(fact.failure.message)
    return Result.succeed({
      position,
      subject,
      fact: fact.success,
      id: ce.id,
      place: ce.subject,
      index: ce.factindex,
      command: ce.source.slice(ce.source.lastIndexOf("/") + 1),
      commandId: ce.commandid,
      commandHash: ce.commandhash,
      actor: ce.actor,
      correlationId: ce.correlationid,
      causationId: ce.causationid,
      time: ce.time,
      traceparent: ce.traceparent
    })
  }

  const begins = (dataschema: string) =>
    Buffer.from(`NATS/1.0\r\n${firstLines(dataschema)}${headerLines(sourceOf(board, ""))}`.trimEnd())
  const written = new Map(
    Array.from(codecs, ([type, codec]) => [Name.kebab(type), { codec, beginning: begins(codec.dataschema) }])
  )

  /**
   * The same, quickly, for what this codec wrote: the fact, whose words were checked when it was made, and of its headers
   * what is asked for, when it is asked for. Whatever looks different is decoded in full.
   */
  const read = (message: Raw): Result.Result<Recorded, Unreadable> => {
    const { headers, data } = message
    const known = written.get(Subject.typeToken(message.subject))
    if (known && headers.beginsWith(known.beginning)) {
      try {
        const fact = known.codec.decodeQuickly(data())
        if (Result.isSuccess(fact)) return Result.succeed(new Lean(message, fact.success))
      } catch {
        // Decoding it in full tells why.
      }
    }
    return decode({ ...message, headers: linesOf(headers.text) })
  }

  /**
   * A line of the audit: its type is the refusal, `Unchanged` where the command had nothing to do, or what an operator did:
   * `PositionVoided` or `DeadLetterDismissed`.
   */
  const encodeLine = (line: Line): Message => {
    const { dismissed, id, place: subject, refusal, voided } = line
    if (voided) return { headers: voidedLines(line, { id, subject }), data: JSON.stringify(voided) }
    if (dismissed) return { headers: dismissedLines(line, { id, subject }), data: JSON.stringify(dismissed) }
    if (!refusal) return { headers: unchanged(line, { id, subject }), data: "{}" }
    const { encode, lines } = refusals.get(refusal._tag)!
    return { headers: lines(line, { id, subject }), data: JSON.stringify(encode(refusal)) }
  }

  return { encode, decode, read, encodeLine }
}

export type Codec = ReturnType<typeof codecOf>
