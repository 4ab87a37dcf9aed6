import { Context, type Effect, type Stream } from "effect"
import type { LogUnavailable } from "./EventLog.ts"

/** A rejected command in the audit. */
export interface RejectedCommand {
  /** The position among the rejections of the audit, not in the log. */
  readonly position: number
  readonly command: string
  /** The name of the rejection: `RoomAlreadyBooked`. */
  readonly type: string
  readonly streamId: string
  readonly actor: string
  readonly time: string
  readonly correlationId: string
}

/** The number of rejections in the audit up to a position, by command. */
interface RejectionCounts {
  readonly position: number
  readonly counts: ReadonlyMap<string, number>
}

/** Reads the rejected commands of all processes from the audit. */
export class AuditReader extends Context.Service<
  AuditReader,
  {
    readonly rejections: Effect.Effect<RejectionCounts, LogUnavailable>
    /** All rejections after a position, in order, then new ones. Never ends; fails when the server sends no heartbeat. */
    follow(after: number): Stream.Stream<ReadonlyArray<RejectedCommand>, LogUnavailable>
  }
>()("layers/AuditReader") {}
