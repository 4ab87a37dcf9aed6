import { type Msg, nanos, type NatsConnection } from "@nats-io/transport-node"
import { Cause, type Clock, Queue } from "effect"
import { newInbox } from "#layers/nats/connection/inboxes.ts"
import { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerText, statusOf, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import { monotonicMillisUnsafe } from "#layers/timing/monotonicMillis.ts"
import { ConsumerDeleted, toLogUnavailable } from "./consumeErrors.ts"

/** Status codes of messages that are not deliveries (ADR-13, ADR-37, ADR-42). */
const heartbeat = 100
const expired = 408
const conflict = 409
const wrongPin = 423
const noResponders = 503

export interface PullOptions {
  readonly stream: string
  readonly consumer: string
  /** Maximum messages in flight or buffered here: a slow process is sent no more. */
  readonly maxMessages: number
  /** Milliseconds until a pull request expires; at least twice `idleHeartbeatMillis`. */
  readonly expiresMillis: number
  /** Milliseconds between two heartbeats of a server that has nothing to deliver. */
  readonly idleHeartbeatMillis: number
  /** Milliseconds without a message or heartbeat after which pulling fails. */
  readonly idleTimeoutMillis: number
  /** Of the processes that pull for this group, one is pinned: it receives everything as long as it keeps pulling. */
  readonly group?: string
}

/** Sends pull requests and takes in what they bring. `requested` messages are under way; the rest of the capacity is free. */
export class PullRequests {
  readonly inbox: string
  readonly #nats: NatsConnection
  readonly #options: PullOptions
  readonly #queue: Queue.Queue<Delivery, LogUnavailable>
  readonly #noResponderSignals: Queue.Queue<void>
  readonly #clock: Clock.Clock
  readonly #replyToken: string
  readonly #request: object
  #requested = 0
  #pin = ""
  #hasReceived = false
  #lastPullMillis: number

  constructor(
    nats: NatsConnection,
    options: PullOptions,
    queue: Queue.Queue<Delivery, LogUnavailable>,
    noResponderSignals: Queue.Queue<void>,
    clock: Clock.Clock
  ) {
    const { stream, consumer, expiresMillis, idleHeartbeatMillis, group } = options
    this.inbox = newInbox(nats)
    this.#nats = nats
    this.#options = options
    this.#queue = queue
    this.#noResponderSignals = noResponderSignals
    this.#clock = clock
    this.#replyToken = `.${stream}.${consumer}.`
    this.#request = {
      expires: nanos(expiresMillis),
      idle_heartbeat: nanos(idleHeartbeatMillis),
      ...(group !== undefined && { group })
    }
    this.#lastPullMillis = monotonicMillisUnsafe(clock)
  }

  get isPinned(): boolean {
    return this.#pin !== ""
  }

  /** Whether a message or heartbeat has arrived since the last call. */
  takeReceived(): boolean {
    const received = this.#hasReceived
    this.#hasReceived = false
    return received
  }

  get hasReceived(): boolean {
    return this.#hasReceived
  }

  fail(error: unknown): void {
    Queue.failCauseUnsafe(this.#queue, Cause.fail(toLogUnavailable(error)))
  }

  /** Requests more once a quarter of the capacity is free. */
  pullMore(): void {
    const { maxMessages } = this.#options
    const capacity = maxMessages - this.#requested - Queue.sizeUnsafe(this.#queue)
    if (capacity >= maxMessages / 4) this.#pull(capacity)
  }

  /** Requests everything again: earlier pull requests are lost. */
  repull(): void {
    this.#requested = 0
    this.pullMore()
  }

  /** A process stays pinned only while it pulls; a busy one requests one more message. */
  keepPinned(): void {
    const sinceLastPull = monotonicMillisUnsafe(this.#clock) - this.#lastPullMillis
    if (this.isPinned && sinceLastPull >= this.#options.idleHeartbeatMillis) this.#pull(1)
  }

  onMessage(message: Msg): void {
    const status = message.subject.startsWith(this.inbox) ? statusOf(message) : 0
    if (status !== noResponders) this.#hasReceived = true
    if (status > 0) return this.#onStatus(status, message)
    this.#requested = Math.max(0, this.#requested - 1)
    if (this.#options.group !== undefined && !this.#pin) this.#pin = headerValue(headerText(message), "Nats-Pin-Id")
    Queue.offerUnsafe(this.#queue, new Delivery(message, this.#replyToken))
    this.pullMore()
  }

  #onStatus(status: number, message: Msg): void {
    const headers = headerText(message)
    const unsent = headerValue(headers, "Nats-Pending-Messages") || message.subject.slice(this.inbox.length + 1)
    switch (status) {
      case heartbeat:
        return
      case wrongPin:
      case expired:
        if (status === wrongPin) this.#pin = ""
        this.#requested = Math.max(0, this.#requested - Number(unsent))
        return this.pullMore()
      case conflict:
      case noResponders:
        if (headers.includes("Consumer Deleted")) return this.fail(new ConsumerDeleted())
        return void Queue.offerUnsafe(this.#noResponderSignals, undefined)
      default:
        return this.fail(headers.slice("NATS/1.0 ".length, headers.indexOf("\r\n")))
    }
  }

  #pull(batch: number): void {
    const { stream, consumer } = this.#options
    this.#requested += batch
    this.#lastPullMillis = monotonicMillisUnsafe(this.#clock)
    const request = JSON.stringify({ ...this.#request, batch, ...(this.#pin && { id: this.#pin }) })
    try {
      // A status arrives on this subject, whose last token then is the number of messages that will not be sent.
      const reply = `${this.inbox}.${batch}`
      this.#nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, { reply })
    } catch (error) {
      this.fail(error)
    }
  }
}
