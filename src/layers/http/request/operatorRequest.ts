import { Effect, Result, Schema } from "effect"
import type { HttpServerRequest } from "effect/http"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"
import { validationErrorsOf } from "#layers/http/problems/validationErrors.ts"
import { type BodyTooLarge, type BodyUnreadable, readBodyText } from "./requestBody.ts"

const requiredText = (description: string, maxLength: number) =>
  Schema.String.check(
    Schema.makeFilter((text) => text.trim() !== "" || "Expected some text"),
    Schema.isMaxLength(maxLength)
  ).annotate({ description })

/** The body of an irreversible operation: the reason, and the operator. `verb` is as in `voids`. */
export const operatorRequestSchema = (identifier: string, verb: string) =>
  Schema.Struct({
    reason: requiredText("The reason; it is kept in the audit", 1_000),
    by: Schema.optionalKey(requiredText(`The person who ${verb} it; \`operator\` by default`, 128))
  }).annotate({ identifier })

export type OperatorRequest = ReturnType<typeof operatorRequestSchema>["Type"]

/** Reads such a body; the result has every validation error. */
export const operatorRequestReader = (schema: ReturnType<typeof operatorRequestSchema>) => {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(schema), { errors: "all", onExcessProperty: "error" })
  return (
    request: HttpServerRequest.HttpServerRequest
  ): Effect.Effect<Result.Result<OperatorRequest, ReadonlyArray<FieldError>>, BodyTooLarge | BodyUnreadable> =>
    Effect.map(readBodyText(request), (body) => Result.mapError(decode(body), (error) => validationErrorsOf(error)))
}
