import { randomUUID } from "node:crypto"
import type { JetStreamClient } from "@nats-io/jetstream"
import { headers as makeHeaders, type MsgHdrs } from "@nats-io/transport-node"
import { Board, Boundary } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import { linesOf } from "#layers/codec/cloudEventAttributes.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { derive, digest } from "#layers/services/Ids.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"

/** A fact as a user of the bare client would have it in hand: all that is written is known, nothing is sent. */
export interface Raw {
  readonly id: string
  readonly subject: string
  /** The filter of its place, which reads and guards use. */
  readonly filter: string
  readonly headers: string
  readonly data: string
}

/** Writes facts as `execute` does, without it. */
export const rawOf = (board: Board.Any) => {
  const codec = codecOf(board)
  const lanes = Board.laneOf(board)
  const time = new Date().toISOString()
  return (
    fact: Fact,
    about: { readonly command: string; readonly index: number; readonly commandId?: string; readonly nth?: number }
  ): Raw => {
    const lane = lanes.get(fact._tag)!
    const place = Boundary.place(lane.boundary, fact as never)
    const { command, index, commandId = randomUUID(), nth = 0 } = about
    const id = derive(`${commandId}/${nth}`)
    const subject = Subject.ofFact(board, place, lane, fact._tag)
    const { headers, data } = codec.encode({
      id,
      subject,
      index,
      fact,
      command,
      commandId,
      commandHash: digest([command, fact]),
      actor: "Guest",
      correlationId: place.key,
      causationId: commandId,
      time,
      place: Boundary.spell(place)
    })
    return { id, subject, filter: Subject.ofPlace(board, place), headers, data }
  }
}

export const headersOf = ({ headers }: Raw): MsgHdrs => {
  const all = makeHeaders()
  for (const [name, value] of linesOf(headers)) all.append(name, value)
  return all
}

/** The client's own way to write a guarded message and know that it is stored. */
export const publish = async (js: JetStreamClient, raw: Raw, position: number): Promise<number> => {
  const { seq, duplicate } = await js.publish(raw.subject, raw.data, {
    headers: headersOf(raw),
    msgID: raw.id,
    expect: { lastSubjectSequence: position, lastSubjectSequenceSubject: raw.filter }
  })
  if (duplicate) throw new Error(`${raw.subject} was taken for a duplicate`)
  return seq
}
