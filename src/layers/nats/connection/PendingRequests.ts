import type { Msg } from "@nats-io/transport-node"
import { Data } from "effect"
import { TransientMap } from "#layers/collections/TransientMap.ts"
import { statusOf } from "#layers/nats/messages/messageHeaders.ts"

/** No response: no responder, no answer in time, or the link dropped. Whether the request was received is unknown. */
export class RequestFailed extends Data.TaggedError("RequestFailed")<{
  readonly subject: string
  readonly reason: string
}> {}

export interface ResponseHandler {
  /** Handles one message; returns true for the last one. */
  readonly onMessage: (message: Msg) => boolean
  readonly onFailure: (error: RequestFailed) => void
}

interface PendingRequest extends ResponseHandler {
  readonly subject: string
  /** By the monotonic clock, in ms. */
  deadlineMillis: number
}

const requestTimeoutMillis = 3_000
const noResponders = 503

/** The requests that wait for an answer, by the token that ends the subject of their answers. */
export class PendingRequests {
  readonly #byToken = new TransientMap<string, PendingRequest>()
  #count = 0

  /** Adds a request; returns its token. */
  add(subject: string, { onMessage, onFailure }: ResponseHandler): string {
    const token = (this.#count++).toString(36)
    const deadlineMillis = performance.now() + requestTimeoutMillis
    this.#byToken.add(token, { onMessage, onFailure, subject, deadlineMillis })
    return token
  }

  /** Handles a message for a request; each part of an answer extends the deadline. */
  receive(token: string, message: Msg): void {
    const request = this.#byToken.get(token)
    if (!request) return
    if (statusOf(message) === noResponders) this.fail(token, "there is no responder")
    else if (request.onMessage(message)) this.#byToken.delete(token)
    else request.deadlineMillis = performance.now() + requestTimeoutMillis
  }

  fail(token: string, reason: string): void {
    const request = this.#byToken.get(token)
    if (!request) return
    this.#byToken.delete(token)
    request.onFailure(new RequestFailed({ subject: request.subject, reason }))
  }

  failAll(reason: string): void {
    for (const [token] of this.#byToken) this.fail(token, reason)
  }

  /** The requests that are due now: their deadlines, by token. */
  due(): ReadonlyMap<string, number> {
    const now = performance.now()
    const due = new Map<string, number>()
    for (const [token, { deadlineMillis }] of this.#byToken) if (deadlineMillis <= now) due.set(token, deadlineMillis)
    return due
  }

  /** Fails requests that were due, unless a part of their answer has arrived meanwhile. */
  failUnanswered(due: ReadonlyMap<string, number>): void {
    for (const [token, deadlineMillis] of due) {
      const request = this.#byToken.get(token)
      if (request === undefined || request.deadlineMillis > deadlineMillis) continue
      this.fail(token, `no answer in ${requestTimeoutMillis / 1000} s`)
    }
  }
}
