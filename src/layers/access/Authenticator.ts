import { Data, type Effect } from "effect"
import type { Caller } from "./Caller.ts"

/**
 * A token that proves nothing. `reason` is for the app's log at debug level only: a caller who guesses learns nothing from it.
 */
export class InvalidToken extends Data.TaggedError("InvalidToken")<{ readonly reason: string }> {}

/** The issuer's keys cannot be loaded, so no token can be checked. */
export class KeysUnavailable extends Data.TaggedError("KeysUnavailable")<{ readonly reason: string }> {
  override get message() {
    return `The keys of the issuer of tokens cannot be loaded: ${this.reason}. Requests with a token get 503 until they can.`
  }
}

/** Checks tokens. */
export interface Authenticator {
  readonly authenticate: (token: string) => Effect.Effect<Caller, InvalidToken | KeysUnavailable>
}
