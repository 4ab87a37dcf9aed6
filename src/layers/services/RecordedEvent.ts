import type { Event } from "#domain/model/index.ts"

export type DomainEvent = Event.Any["Type"]

/** Where facts come from: what all the facts of one command share. */
export interface EventMetadata {
  /** The command's name. */
  readonly command: string
  readonly commandId: string
  /** A digest of the command's name and input, so that one id is never taken for two commands. */
  readonly commandHash: string
  readonly actor: string
  readonly correlationId: string
  /** The id of what caused the command: a fact for an automation, else the command itself. */
  readonly causationId: string
  /** When it was decided: ISO 8601, UTC, milliseconds. */
  readonly time: string
  /** W3C trace context, if the caller sent one. */
  readonly traceparent?: string | undefined
}

/** A fact as it stands in the log. */
export interface RecordedEvent extends EventMetadata {
  /** Its stream sequence in the log. */
  readonly position: number
  /** Derived from the command's id, so that a repeated command makes the same ids. */
  readonly id: string
  readonly subject: string
  /** The place it belongs to: `room-night/1_2022-12-12`. */
  readonly streamId: string
  /** How many facts stand in its place up to this one; the first is 1. */
  readonly streamRevision: number
  readonly event: DomainEvent
}
