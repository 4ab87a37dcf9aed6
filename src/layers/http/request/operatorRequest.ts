import { Effect, Schema } from "effect"
import { CurrentCaller } from "#layers/access/Caller.ts"

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

/** Who operates: the authenticated caller, else who the request names. */
export const operatorOf = (named: string | undefined): Effect.Effect<string> =>
  Effect.map(CurrentCaller, (caller) => caller?.subject ?? named ?? "operator")

export type OperatorRequest = ReturnType<typeof operatorRequestSchema>["Type"]
