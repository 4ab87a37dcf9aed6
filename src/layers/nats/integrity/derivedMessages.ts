import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { Board, Boundary, Command, Decision, Lane } from "#domain/model/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { type CloudEventCodec, cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { encodeCommandMark } from "#layers/codec/commandMark.ts"
import { copyOf } from "#layers/codec/storedEvents.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { OutgoingMessage } from "#layers/nats/publish/publish.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { eventsOf, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { readOutgoing } from "./copies/republished.ts"
import { attempt, type EventCopy } from "./inventory.ts"
import { streamCounts } from "./streamCounts.ts"

interface DerivationContext {
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly board: Board.Any
  /** Where missing events are stored beside the log, by position. */
  readonly copies: ReadonlyMap<number, EventCopy>
  /** Whether the audit proves that no event was at a position. */
  readonly hasNoEvent: (position: number) => Promise<boolean>
}

interface Original {
  readonly position: number
  readonly event: RecordedEvent
}

/** The number of an event in its command, which its id is derived from. */
const numberOf = ({ commandId, id }: RecordedEvent): number | undefined => {
  for (let n = 0; n < Decision.maxEvents; n++) if (deriveId(`${commandId}/${n}`) === id) return n
  return undefined
}

const decodeOriginal = (codec: CloudEventCodec, position: number, { data, headers, subject }: OutgoingMessage) =>
  Result.getOrUndefined(
    codec.decode({ subject, position, headers: parseHeaders(`NATS/1.0\r\n${headers}`), data: () => JSON.parse(data) })
  )

type MessageReader = (position: number) => Promise<OutgoingMessage | undefined>

/** Finds the last event up to a position; undefined if a message in between is unknown. */
const originalFinder =
  (codec: CloudEventCodec, readAt: MessageReader) =>
  async (position: number): Promise<Original | undefined> => {
    for (let at = position; at > Math.max(0, position - Decision.maxEvents); at--) {
      const message = await readAt(at)
      if (message === undefined) return undefined
      if (Subject.isAuxiliary(message.subject)) continue
      const event = decodeOriginal(codec, at, message)
      return event && { position: at, event }
    }
    return undefined
  }

/**
 * Derives a message without an event: the mark of a command that may have one, as the last message of its write, else a
 * check. A mark in the place of a check says something true: the command with this id ran.
 */
const eventlessMessages = (
  { board, hasNoEvent }: Pick<DerivationContext, "board" | "hasNoEvent">,
  readAt: MessageReader,
  originalUpTo: ReturnType<typeof originalFinder>
) => {
  const readsInPart = ({ read, use }: Command.NamedRead) => use === "guards" && read.projection.history !== undefined
  const marked = new Set(
    Board.commands(board).flatMap((command) => (Command.reads(command).some(readsInPart) ? [command.name] : []))
  )
  const isLastOfWrite = async (position: number) => {
    const next = await readAt(position + 1)
    return next ? !Subject.isNoEvent(next.subject) : !(await hasNoEvent(position + 1))
  }
  const firstPosition = async ({ event, position }: Original): Promise<number> => {
    const before = await originalUpTo(position - 1)
    return before?.event.commandId === event.commandId ? firstPosition(before) : position
  }
  return async (position: number, original: Original | undefined): Promise<OutgoingMessage> => {
    if (!original || !marked.has(original.event.command) || !(await isLastOfWrite(position)))
      return { subject: Subject.checkSubject(board), headers: "", data: "" }
    const before = position - (await firstPosition(original))
    return {
      subject: Subject.commandMarkSubject(board, original.event.commandId),
      headers: "",
      data: encodeCommandMark(before)
    }
  }
}

/**
 * Derives messages that only decisions use, of which no stream has a copy: the copies of an event in further boundaries
 * directly follow it, a check has no content, and a mark follows from its command's events.
 */
export const auxiliaryMessages = ({ board, copies, hasNoEvent, manager, nats }: DerivationContext) => {
  const codec = cloudEventCodec(board)
  const lanes = Board.laneOf(board)
  const counts = streamCounts(nats, manager, board, copies)
  const derived = new Map<number, OutgoingMessage>()

  const readAt: MessageReader = async (position) => {
    const copy = copies.get(position)
    if (copy) return readOutgoing(manager, copy.stream, copy.sequence)
    return derived.get(position) ?? readOutgoing(manager, board.name, position)
  }
  const originalUpTo = originalFinder(codec, readAt)
  const deriveEventless = eventlessMessages({ board, hasNoEvent }, readAt, originalUpTo)

  /** The words of the key are those of the newest shape. */
  const furtherStreams = ({ event }: Original) => {
    const [newest = event.event] = eventsOf(event)
    return Lane.streamIds(lanes.get(event.event._tag)!, newest).slice(1)
  }

  const deriveCopy = Effect.fnUntraced(function* ({ event }: Original, streamId: Boundary.StreamId, position: number) {
    const n = numberOf(event)
    if (n === undefined) return
    const revision = (yield* counts.before(streamId, position)) + 1
    const copy = copyOf(board, lanes.get(event.event._tag)!, event, n, streamId, revision)
    derived.set(position, { id: copy.id, subject: copy.subject, ...codec.encode(copy) })
    counts.add(Boundary.format(streamId), position, revision)
  })

  return {
    derived,
    /** Derives the message at a position, after those at earlier positions; false if it may have been an event. */
    derive: Effect.fnUntraced(function* (position: number) {
      const original = yield* attempt(() => originalUpTo(position - 1))
      const streamId = original && furtherStreams(original)[position - original.position - 1]
      if (original && streamId) yield* deriveCopy(original, streamId, position)
      else if (yield* attempt(() => hasNoEvent(position)))
        derived.set(position, yield* attempt(() => deriveEventless(position, original)))
      return derived.has(position)
    }),
    /** The position up to which the copies of the last event reach. */
    endOfCopies: (position: number) =>
      attempt(async () => {
        const original = await originalUpTo(position)
        return original ? Math.max(position, original.position + furtherStreams(original).length) : position
      })
  }
}
