import { Board, type Event, Name } from "#domain/grammar/index.ts"
import { Result } from "effect"
import type { Line } from "../Audit.ts"
import { Unreadable } from "../EventLog.ts"
import type { Origin, Recorded } from "../Fact.ts"
import {
  type Attributes,
  attributesOf,
  decodeAttributes,
  encodeHeader,
  headerLine,
  type Headers,
  linesOf,
  prefix
} from "./attributes.ts"
import { factCodec, schemaOf } from "./factCodec.ts"
import type { HeaderBlock } from "./HeaderBlock.ts"
import { Lean } from "./Lean.ts"
import * as Subject from "./Subject.ts"

/** A message as it goes over the wire: header names and values, and the body. */
export interface Message {
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly data: string
}

export interface Incoming {
  readonly subject: string
  readonly position: number
  readonly headers: Headers
  readonly data: () => unknown
}

/** What a message is about, where all else comes from its origin. */
type About = Pick<Attributes, "id" | "type" | "subject" | "dataschema"> & Partial<Attributes>

const message = (origin: Origin, board: Board.Any, { dataschema, ...about }: About, data: unknown): Message => {
  // What tells that this codec wrote it comes first; see `read`.
  const attributes: Partial<Attributes> = {
    specversion: "1.0",
    dataschema,
    source: `/${board.name}/${origin.command}`,
    time: origin.time,
    datacontenttype: "application/json",
    correlationid: origin.correlationId,
    causationid: origin.causationId,
    commandid: origin.commandId,
    commandhash: origin.commandHash,
    actor: origin.actor,
    ...(origin.traceparent && { traceparent: origin.traceparent }),
    ...about
  }
  return {
    headers: Object.entries(attributes).map(([name, value]) => [`${prefix}${name}`, encodeHeader(value)] as const),
    data: JSON.stringify(data)
  }
}

/** A message as the server hands it over. */
export interface Raw extends Omit<Incoming, "headers"> {
  readonly headers: HeaderBlock
}

/** How the facts of a board are written as CloudEvents, and read. */
export const codecOf = (board: Board.Any) => {
  const codecs = new Map(Board.facts(board).map((fact) => [fact.identifier, factCodec(board, fact)]))
  const refused: ReadonlyArray<Event.Any> = Board.commands(board).flatMap(({ refuses }) => refuses)
  const refusals = new Map(refused.map((refusal) => [refusal.identifier, factCodec(board, refusal)]))

  const encode = (recorded: Omit<Recorded, "position">): Message => {
    const { dataschema, encode } = codecs.get(recorded.fact._tag)!
    return message(
      recorded,
      board,
      {
        id: recorded.id,
        type: recorded.fact._tag,
        subject: recorded.place,
        dataschema,
        factindex: String(recorded.index)
      },
      encode(recorded.fact)
    )
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
    Buffer.from(
      `NATS/1.0\r\n${headerLine("specversion", "1.0")}${headerLine("dataschema", dataschema)}` +
        headerLine("source", `/${board.name}/`).trimEnd()
    )
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

  /** A line of the audit: its type is the refusal, or `Unchanged` where the command had nothing to do. */
  const encodeLine = (line: Line): Message => {
    const type = line.refusal?._tag ?? "Unchanged"
    const attributes = { id: line.id, type, subject: line.place, dataschema: schemaOf(board, type, 1) }
    return message(line, board, attributes, line.refusal ? refusals.get(type)!.encode(line.refusal) : {})
  }

  return { encode, decode, read, encodeLine }
}

export type Codec = ReturnType<typeof codecOf>
