import { Effect } from "effect"
import type { Dismissal } from "#layers/contract/deadLetterSchema.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { DeadLetterBlocked, DeadLetterNotFound, encodeDeadLetter } from "./DeadLetter.ts"
import type { DeadLetterStore } from "./deadLetterStore.ts"

/** Dismisses dead letters: each stays in the bucket, with its dismissal. */
export const deadLetterDismissals = ({ awaitWritten, bucket, find, firstOf, loadStored }: DeadLetterStore) => {
  const findDismissible = Effect.fnUntraced(function* (id: string) {
    const letter = yield* find(id)
    const firstLetter = firstOf(letter)!
    return firstLetter.id === id ? letter : yield* new DeadLetterBlocked({ id, first: firstLetter.id })
  })

  const dismiss = (id: string, dismissal: Dismissal) =>
    Effect.gen(function* () {
      const { letter, revision } = yield* loadStored(id)
      if (!letter || letter.dismissed) return yield* new DeadLetterNotFound({ id })
      yield* awaitWritten(bucket.put(id, encodeDeadLetter({ ...letter, dismissed: dismissal }), revision))
    }).pipe(Effect.retry({ while: ({ _tag }) => _tag === "RevisionChanged" })) as Effect.Effect<
      void,
      DeadLetterNotFound | StoreUnavailable
    >

  return { findDismissible, dismiss }
}
