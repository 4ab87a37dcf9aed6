import { Board, Event, Name } from "#domain/grammar/index.ts"
import { Result, Schema } from "effect"
import type { Line } from "../Audit.ts"
import { type Replayed, Unreadable } from "../EventLog.ts"
import type { Fact, Origin, Recorded } from "../Fact.ts"
import {
  type Attributes,
  attributesOf,
  decodeAttributes,
  decodeHeader,
  encodeHeader,
  type Headers
} from "./attributes.ts"
import * as Subject from "./Subject.ts"

/** What is the same for each fact of a type. */
interface FactCodec {
  readonly dataschema: string
  readonly encode: (fact: Fact) => unknown
  readonly decode: (data: unknown) => Result.Result<Fact, Schema.SchemaError>
}

/** A name for the shape of what a message carries: an absolute URI, as the specification asks. */
const schemaOf = (board: Board.Any, type: string, version: number) => `urn:${board.name}:schema:${type}:${version}`

const codec = (board: Board.Any, fact: Event.Any): FactCodec => {
  const json = Schema.toCodecJson(fact) as unknown as Schema.Codec<Fact, Record<string, unknown>>
  // Facts are checked when they are made.
  const encode = Schema.encodeSync(json, { disableChecks: true })
  const decode = Schema.decodeUnknownResult(json)
  const { identifier } = fact
  return {
    dataschema: schemaOf(board, identifier, Event.version(fact)),
    encode: (value) => {
      const { _tag, ...data } = encode(value)
      return data
    },
    decode: (data) => decode({ _tag: identifier, ...(data as object) })
  }
}

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

const message = (origin: Origin, board: Board.Any, rest: Partial<Attributes>, data: unknown): Message => {
  const attributes: Partial<Attributes> = {
    specversion: "1.0",
    source: `/${board.name}/${origin.command}`,
    time: origin.time,
    datacontenttype: "application/json",
    correlationid: origin.correlationId,
    causationid: origin.causationId,
    commandid: origin.commandId,
    commandhash: origin.commandHash,
    actor: origin.actor,
    ...(origin.traceparent && { traceparent: origin.traceparent }),
    ...rest
  }
  return {
    headers: Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeHeader(value)] as const),
    data: JSON.stringify(data)
  }
}

interface Lookup {
  get(name: string): string
}

/** A message as a consumer hands it over. */
interface Stored {
  readonly seq: number
  readonly subject: string
  readonly headers?: Lookup | undefined
  json(): unknown
}

class Lean implements Replayed {
  readonly position: number
  readonly fact: Fact
  readonly #headers: Lookup

  constructor(position: number, fact: Fact, headers: Lookup) {
    this.position = position
    this.fact = fact
    this.#headers = headers
  }

  get time() {
    return decodeHeader(this.#headers.get("ce-time"))
  }

  get actor() {
    return decodeHeader(this.#headers.get("ce-actor"))
  }
}

/** How the facts of a board are written as CloudEvents, and read. */
export const codecOf = (board: Board.Any) => {
  const codecs = new Map(Board.facts(board).map((fact) => [fact.identifier, codec(board, fact)]))
  const byToken = new Map(Array.from(codecs, ([type, codec]) => [Name.kebab(type), codec]))
  const refused: ReadonlyArray<Event.Any> = Board.commands(board).flatMap(({ refuses }) => refuses)
  const refusals = new Map(refused.map((refusal) => [refusal.identifier, codec(board, refusal)]))

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
    const unreadable = (reason: string) => Result.fail(new Unreadable({ subject, position, reason }))
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

  /** Only the fact, and of its headers what is asked for, when it is asked for: for reading very many. */
  const decodeFact = (message: Stored): Result.Result<Replayed, Unreadable> => {
    const { seq: position, subject, headers } = message
    const unreadable = (reason: string) => Result.fail(new Unreadable({ subject, position, reason }))
    const codec = byToken.get(Subject.typeToken(subject))
    if (!codec) return unreadable("the board has no such fact")
    const dataschema = headers?.get("ce-dataschema")
    if (codec.dataschema !== dataschema) return unreadable(`its shape is ${dataschema}, known is ${codec.dataschema}`)
    try {
      const fact = codec.decode(message.json())
      if (Result.isFailure(fact)) return unreadable(fact.failure.message)
      return Result.succeed(new Lean(position, fact.success, headers!))
    } catch (error) {
      return unreadable(`its body is not JSON: ${String(error)}`)
    }
  }

  /** A line of the audit: its type is the refusal, or `Unchanged` where the command had nothing to do. */
  const encodeLine = (line: Line): Message => {
    const type = line.refusal?._tag ?? "Unchanged"
    const attributes = { id: line.id, type, subject: line.place, dataschema: schemaOf(board, type, 1) }
    return message(line, board, attributes, line.refusal ? refusals.get(type)!.encode(line.refusal) : {})
  }

  return { encode, decode, decodeFact, encodeLine }
}

export type Codec = ReturnType<typeof codecOf>
