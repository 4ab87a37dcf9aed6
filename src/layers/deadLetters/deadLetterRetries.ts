import { Effect, Result } from "effect"
import type { DeadLetter } from "#layers/contract/deadLetterSchema.ts"
import { type BlockedStream, encodeDeadLetter, type Retry, RetryFailed } from "./DeadLetter.ts"
import type { DeadLetterStore } from "./deadLetterStore.ts"

/** Retries dead letters with the functions that their processors have registered. */
export const deadLetterRetries = ({ awaitWritten, bucket, find, firstOf, loadStored }: DeadLetterStore) => {
  const handlers = new Map<string, Retry>()

  const recordFailure = Effect.fnUntraced(function* (letter: DeadLetter, reason: string) {
    const { letter: stored, revision } = yield* loadStored(letter.id)
    // Another process has dismissed it meanwhile.
    if (stored?.dismissed) return
    const failed = encodeDeadLetter({ ...letter, reason, attempts: letter.attempts + 1, behind: false })
    yield* Effect.catchTag(awaitWritten(bucket.put(letter.id, failed, revision)), "RevisionChanged", () => Effect.void)
  })

  const retryOne = Effect.fnUntraced(function* (letter: DeadLetter) {
    const handler = handlers.get(letter.by)
    const attempt = handler ? handler(letter) : Effect.fail(`there is no processor named ${letter.by} any more`)
    yield* attempt.pipe(
      Effect.catch((reason) =>
        Effect.andThen(recordFailure(letter, reason), Effect.fail(new RetryFailed({ id: letter.id, reason })))
      )
    )
    yield* awaitWritten(bucket.remove(letter.id))
  })

  const retry = Effect.fnUntraced(function* (id: string) {
    const letter = yield* find(id)
    let retried = 0
    for (let next = firstOf(letter); next && next.position <= letter.position; next = firstOf(letter)) {
      yield* retryOne(next)
      retried++
    }
    return retried + (yield* retryBlocked(letter))
  })

  const retryBlocked = Effect.fnUntraced(function* (stream: BlockedStream) {
    let retried = 0
    for (let next = firstOf(stream); next?.behind; next = firstOf(stream)) {
      if (Result.isFailure(yield* Effect.result(retryOne(next)))) break
      retried++
    }
    return retried
  })

  return {
    registerRetry: (consumer: string, retry: Retry) => Effect.sync(() => void handlers.set(consumer, retry)),
    retry,
    retryBlocked
  }
}
