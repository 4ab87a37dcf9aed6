import type { JetStreamManager } from "@nats-io/jetstream"
import { logIdentityKey, isMissing } from "#layers/nats/provision/provision.ts"

/**
 * The state of a log, as reported by its leader. Positions are stream sequences; a complete log has each from 1 to its
 * last.
 */
export interface LogState {
  readonly identity: string
  readonly first: number
  readonly last: number
  readonly messages: number
  /** Its oldest events may expire (`maxAge`), so it need not begin at 1. */
  readonly expires: boolean
}

/** Undefined where there is no such stream. */
export const findStreamInfo = (manager: JetStreamManager, stream: string) =>
  manager.streams.info(stream).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })

export const readLogState = async (manager: JetStreamManager, log: string): Promise<LogState | undefined> => {
  const info = await findStreamInfo(manager, log)
  if (info === undefined) return undefined
  const { config, created, state } = info
  return {
    identity: config.metadata?.[logIdentityKey] ?? created,
    first: state.first_seq,
    last: state.last_seq,
    messages: state.messages,
    expires: config.max_age > 0
  }
}
