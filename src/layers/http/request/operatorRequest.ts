import { Effect, Result, Schema } from "effect"
import type { HttpServerRequest } from "effect/http"
import { wrongsOf } from "#layers/http/problems/fieldErrors.ts"
import type { Wrong } from "#layers/http/problems/problemTypes.ts"
import { type BodyTooLarge, type BodyUnreadable, textOf } from "./body.ts"

const text = (description: string, most: number) =>
  Schema.String.check(
    Schema.makeFilter((text) => text.trim() !== "" || "Expected some text"),
    Schema.isMaxLength(most)
  ).annotate({ description })

/** What an operator says with something that cannot be taken back: why, and who. `doing` is as in `voids`. */
export const operatorRequest = (identifier: string, doing: string) =>
  Schema.Struct({
    reason: text("Why; it stays in the audit", 1_000),
    by: Schema.optionalKey(text(`Who ${doing} it; else \`operator\``, 128))
  }).annotate({ identifier })

export type OperatorRequest = ReturnType<typeof operatorRequest>["Type"]

/** Reads such a body; fails with all that is wrong with it. */
export const operatorReader = (schema: ReturnType<typeof operatorRequest>) => {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(schema), { errors: "all", onExcessProperty: "error" })
  return (
    request: HttpServerRequest.HttpServerRequest
  ): Effect.Effect<Result.Result<OperatorRequest, ReadonlyArray<Wrong>>, BodyTooLarge | BodyUnreadable> =>
    Effect.map(textOf(request), (body) => Result.mapError(decode(body), (error) => wrongsOf(error)))
}
