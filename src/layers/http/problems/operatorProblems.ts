import { Schema } from "effect"

/** Problems of retrying and dismissing dead letters, and of voiding positions. */
export const operatorProblems = {
  NotParked: {
    status: 404,
    description: "There is no dead letter with this id; it may have been retried or dismissed already.",
    fields: { id: Schema.String }
  },
  WaitsBehind: {
    status: 409,
    description: "An earlier dead letter of its event stream, `first`, blocks it: retry or dismiss that one first.",
    fields: { id: Schema.String, first: Schema.String }
  },
  StillStuck: {
    status: 409,
    description: "The event still cannot be processed; `reason` says why.",
    fields: { id: Schema.String, reason: Schema.String }
  },
  PositionReadable: {
    status: 409,
    description: "The board can read the event at this position, so it cannot be voided.",
    fields: { position: Schema.Int }
  },
  NoSuchPosition: { status: 404, description: "The log has nothing at this position." }
} as const
