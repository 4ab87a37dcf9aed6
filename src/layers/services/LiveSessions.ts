import type { LiveSession } from "#layers/contract/liveSchema.ts"

/** Issues the tokens by which browsers read views over WebSocket. */
export interface LiveSessions {
  /** Where browsers connect. */
  readonly url: string
  /**
   * A token for one view, by its name. With a `previous` token that has not expired, it is one of the same session. Throws
   * for a view that the board does not have.
   */
  readonly open: (view: string, previous?: string) => LiveSession
}
