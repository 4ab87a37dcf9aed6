import { Data, Effect } from "effect"
import { type Board, Validation } from "#domain/model/index.ts"

/** The board violates rules of the model, so nothing is started. */
class InvalidBoard extends Data.TaggedError("InvalidBoard")<{
  readonly title: string
  readonly violations: ReadonlyArray<string>
}> {
  override get message() {
    return [`${this.title} is not a valid board:`, ...this.violations.map((violation) => `    - ${violation}`)].join(
      "\n"
    )
  }
}

/** Fails with every rule that the board violates. */
export const requireValidBoard = Effect.fnUntraced(function* (board: Board.Any) {
  const violations = Validation.violations(board)
  if (violations.length > 0) return yield* new InvalidBoard({ title: board.title, violations })
})
