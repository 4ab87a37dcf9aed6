import type { Event } from "#domain/model/index.ts"

export type DomainEvent = Event.Any["Type"]

/** The metadata that all events of one command share. */
export interface EventMetadata {
  /** The command's name. */
  readonly command: string
  readonly commandId: string
  /** A digest of the command's name and input, which detects a command id that is used for two commands. */
  readonly commandHash: string
  readonly actor: string
  /** Who sent the command in the role of the actor: the subject of their token. Absent without authentication. */
  readonly authId?: string | undefined
  readonly correlationId: string
  /** The id of the command's cause: of the event that an automation reacts to, else of the command itself. */
  readonly causationId: string
  /** When it was decided: ISO 8601, UTC, milliseconds. */
  readonly time: string
  /** W3C trace context, if the caller sent one. */
  readonly traceparent?: string | undefined
}

/** An event in the log. */
export interface RecordedEvent extends EventMetadata {
  /** Its sequence in the JetStream stream of the log. */
  readonly position: number
  /** Derived from the command id, so that a repeated command yields the same ids. */
  readonly id: string
  readonly subject: string
  /** Its event stream: `room-night/1_2022-12-12`. */
  readonly streamId: string
  /** Its number in its event stream, from 1. */
  readonly streamRevision: number
  /** The event in the shape that the log has. What readers see is `eventsOf`. */
  readonly event: DomainEvent
  /** Present if the log has an older shape: the events, in their newest shape, that it stands for. */
  readonly readAs?: ReadonlyArray<DomainEvent>
  /** The id of the event that this is a copy of, in a further boundary of its lane. Only decisions read copies. */
  readonly copyOf?: string | undefined
}

/** An event as it is stored, before its position is known. */
export type StoredEvent = Omit<RecordedEvent, "position">

/** What readers see of an event: itself, or what its upcasts lead to. */
export const eventsOf = ({ event, readAs }: Pick<RecordedEvent, "event" | "readAs">): ReadonlyArray<DomainEvent> =>
  readAs ?? [event]

/** Whether this is the event itself, and not a copy of it in a further boundary. */
export const isOriginal = ({ copyOf }: Pick<RecordedEvent, "copyOf">): boolean => copyOf === undefined
