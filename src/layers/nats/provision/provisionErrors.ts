import { errors } from "@nats-io/transport-node"
import { Data } from "effect"
import { ApiErrorCode, hasApiCode } from "#layers/nats/messages/apiErrors.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** The server has a stream of this name with another configuration, which cannot be changed in place. */
export class ConfigMismatch extends Data.TaggedError("ConfigMismatch")<{
  readonly name: string
  readonly differences: ReadonlyArray<string>
  readonly reason: string
}> {
  override get message() {
    return (
      `${this.name} exists with another configuration, and the server does not change it (${this.reason}):\n` +
      this.differences.map((difference) => `  - ${difference}`).join("\n") +
      "\nIf an earlier version of the app created it, back it up and restore it, which creates each stream as this version needs it:\n" +
      "    npm run backup hotel.backup                       with the DATA_DIR or NATS_URL that the app has\n" +
      "    DATA_DIR=.migrated npm run restore hotel.backup   or the NATS_URL of an empty server\n" +
      "and start the app on the restored streams. If it was changed by hand, undo that, or change the board's declaration to match."
    )
  }
}

/**
 * A stream, bucket or consumer could not be set up. `isTransient`: a retry may succeed, as while a cluster elects its
 * leaders.
 */
export class NotProvisioned extends Data.TaggedError("NotProvisioned")<{
  readonly name: string
  readonly reason: string
  readonly isTransient: boolean
}> {
  override get message() {
    return `${this.name} could not be set up: ${this.reason}`
  }
}

/** Whether the server refuses a request to this user, whatever its content. The client wraps that in a `RequestError`. */
export const isDenied = (error: unknown): boolean =>
  error instanceof errors.PermissionViolationError || (error instanceof errors.RequestError && isDenied(error.cause))

const isClusterUnsettled = hasApiCode(ApiErrorCode.clusterNotAvailable, ApiErrorCode.noSuitablePeers)
export const isTransientError = (error: unknown) =>
  error instanceof errors.TimeoutError ||
  (error instanceof errors.RequestError && !isDenied(error)) ||
  isClusterUnsettled(error)

const tooLittleDisk =
  "The board's log, lanes and buckets may hold more (maxBytes) than this server may: its max_file_store, or by default " +
  "three quarters of the disk that was free when it started. Raise it (jetstream { max_file_store } in the server's " +
  "configuration), free some of the disk and start the server again, or lower maxBytes on the board; a limit that a stream " +
  "has already is lowered with: nats stream edit <stream> --max-bytes <bytes>"

const tooFewNodes =
  "Fewer nodes of the cluster than NATS_REPLICAS requires run with JetStream and have room. Start the others, or lower " +
  "NATS_REPLICAS"

const mayNot =
  "The user of this connection may not do that. Run npm run provision with the operations user of the account " +
  "(docs/accounts.md), then start the app again"

const hasTooLittleDisk = hasApiCode(ApiErrorCode.storageExceeded)
const hasTooFewNodes = hasApiCode(ApiErrorCode.noSuitablePeers)

/** What to do about an error, as a sentence that follows its message; empty if nothing is known. */
export const advice = (error: unknown): string => {
  if (isDenied(error)) return `. ${mayNot}`
  if (hasTooLittleDisk(error)) return `. ${tooLittleDisk}`
  return hasTooFewNodes(error) ? `. ${tooFewNodes}` : ""
}

export const toNotProvisioned = (name: string) => (error: unknown) =>
  new NotProvisioned({ name, reason: `${errorMessage(error)}${advice(error)}`, isTransient: isTransientError(error) })

export const isMissing = hasApiCode(ApiErrorCode.streamNotFound, ApiErrorCode.consumerNotFound)
