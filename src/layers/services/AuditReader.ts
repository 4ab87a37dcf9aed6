import { Context, type Effect, type Stream } from "effect"
import type { LogUnavailable } from "./EventLog.ts"

/** A rejected command as it stands in the audit. */
export interface RejectedCommand {
  /** In the part of the audit that has rejections; no position of the log. */
  readonly position: number
  readonly command: string
  /** The name of the rejection: `RoomAlreadyBooked`. */
  readonly type: string
  readonly streamId: string
  readonly actor: string
  readonly time: string
  readonly correlationId: string
}

/** How many rejections the audit keeps, by command, up to a position. */
export interface RejectionCounts {
  readonly position: number
  readonly counts: ReadonlyMap<string, number>
}

/** The rejected commands in the audit, whichever process wrote them. */
export class AuditReader extends Context.Service<
  AuditReader,
  {
    readonly rejections: Effect.Effect<RejectionCounts, LogUnavailable>
    /** Rejections behind a position, in order, and then each as it comes. Never ends; fails when the audit falls silent. */
    follow(after: number): Stream.Stream<ReadonlyArray<RejectedCommand>, LogUnavailable>
  }
>()("layers/AuditReader") {}
