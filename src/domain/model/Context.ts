import type { DateTime } from "effect"
import type * as Actor from "./Actor.ts"

/**
 * What a decision may depend on beside its state and its input. The caller cannot choose it; it is the same whenever the
 * command is decided again.
 */
export interface Context {
  /** When the command was first decided, in milliseconds. */
  readonly now: DateTime.Utc
  /** Who sent the command. */
  readonly actor: Actor.Identity
  readonly ids: Ids
}

/** Ids that are derived from the command's id, so that a repeated command gets the same ones. */
export interface Ids {
  /** A UUID for a purpose, such as `"cart"`. It can be derived from the command's id, which the caller knows. */
  readonly id: (purpose: string) => string
  /** A secret of 43 characters for a purpose. It cannot be derived without the key of this installation. */
  readonly secret: (purpose: string) => string
}
