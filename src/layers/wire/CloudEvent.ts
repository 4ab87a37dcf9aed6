import { Board, type Event, Name } from "#domain/grammar/index.ts"
import { Result } from "effect"
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
import { factCodec, schemaOf } from "./factCodec.ts"
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

/** A message of which there are very many. */
interface Bulk {
  readonly position: number
  readonly subject: string
  /** All headers as text, a line each. */
  readonly headers: string
  readonly data: () => unknown
}

/** What a fold needs; the headers are searched only when they are asked for. */
class Lean implements Replayed {
  readonly position: number
  readonly fact: Fact
  readonly #headers: string

  constructor({ position, headers }: Bulk, fact: Fact) {
    this.position = position
    this.fact = fact
    this.#headers = headers
  }

  #attribute(name: string) {
    const begin = this.#headers.indexOf(`ce-${name}: `) + name.length + 5
    return decodeHeader(this.#headers.slice(begin, this.#headers.indexOf("\r\n", begin)))
  }

  get time() {
    return this.#attribute("time")
  }

  get actor() {
    return this.#attribute("actor")
  }
}

/** How the facts of a board are written as CloudEvents, and read. */
export const codecOf = (board: Board.Any) => {
  const codecs = new Map(Board.facts(board).map((fact) => [fact.identifier, factCodec(board, fact)]))
  const byToken = new Map(Array.from(codecs, ([type, codec]) => [Name.kebab(type), codec]))
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
  const decodeFact = (message: Bulk): Result.Result<Replayed, Unreadable> => {
    const { position, subject, headers } = message
    const unreadable = (reason: string) => Result.fail(new Unreadable({ subject, position, reason }))
    const codec = byToken.get(Subject.typeToken(subject))
    if (!codec) return unreadable("the board has no such fact")
    if (!headers.includes(`ce-dataschema: ${codec.dataschema}\r\n`)) {
      return unreadable(`its headers do not name the shape ${codec.dataschema}`)
    }
    try {
      const fact = codec.decodeQuickly(message.data())
      return Result.isFailure(fact) ? unreadable(fact.failure.message) : Result.succeed(new Lean(message, fact.success))
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
