import { Result } from "effect"
import { ApiErrorCode, PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import type { Guard, Write, WriteCallback, WriteResult } from "./publish.ts"

/** The answer of a write that will not be sent. */
export const unsent = Result.fail(
  new PublishRejected({
    code: ApiErrorCode.wrongLastSequence,
    description: "a write that it is based on was not stored",
    isUnsent: true
  })
)

/** A write that was queued, until it is answered. */
export class PendingWrite implements Write {
  readonly messages: Write["messages"]
  /** When it was queued, by `performance.now()`. */
  readonly queuedAtMillis: number
  /** It was in a group that was rejected, and is sent alone now. */
  isAlone = false
  #guards: ReadonlyArray<Guard>
  /** The writes that are based on it, if there are any. */
  #dependents: Array<PendingWrite> | undefined
  #outcome: "pending" | "notStored" | { readonly firstPosition: number } = "pending"
  readonly #onSettled: WriteCallback

  constructor({ guards = [], messages }: Write, queuedAtMillis: number, onSettled: WriteCallback) {
    this.messages = messages
    this.queuedAtMillis = queuedAtMillis
    this.#guards = guards
    this.#onSettled = onSettled
    for (const { position } of guards) {
      if (!(position instanceof PendingWrite)) continue
      if (position.#outcome === "pending") (position.#dependents ??= []).push(this)
      else this.#baseSettled(position)
    }
  }

  get guards(): ReadonlyArray<Guard> {
    return this.#guards
  }

  get isSettled(): boolean {
    return this.#outcome !== "pending"
  }

  /** Whether it is based on a write that is not stored yet: it can only be sent in the same batch, behind it. */
  get isDependent(): boolean {
    return this.#guards.some(({ position }) => typeof position !== "number")
  }

  /** Answers it. Then those that are based on it know their positions, or are answered too, if it was not stored. */
  settle(result: WriteResult): void {
    if (this.isSettled) return
    // The server had a duplicate already: its position is no newer one.
    const isStored = Result.isSuccess(result) && result.success.duplicate !== true
    this.#outcome = isStored ? { firstPosition: result.success.seq - this.messages.length + 1 } : "notStored"
    this.#onSettled(result)
    for (const dependent of this.#dependents ?? []) dependent.#baseSettled(this)
    this.#dependents = undefined
  }

  /** The position of its last message on a filter that it guards; undefined if it has none there, or was not stored. */
  positionOn(filter: string): number | undefined {
    const lastIndex = this.#guards.find((guard) => guard.filter === filter)?.lastIndex
    return typeof this.#outcome === "string" || lastIndex === undefined
      ? undefined
      : this.#outcome.firstPosition + lastIndex
  }

  /** A write that this one is based on was answered. */
  #baseSettled(write: PendingWrite): void {
    if (this.isSettled) return
    this.#guards = this.#guards.map((guard) =>
      guard.position === write ? { ...guard, position: write.positionOn(guard.filter) ?? write } : guard
    )
    if (write.#outcome === "notStored") this.settle(unsent)
  }
}
