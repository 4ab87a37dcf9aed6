import { type Schema, SchemaIssue } from "effect"
import type { FieldError } from "./problemTypes.ts"

/** More than these are counted, not named: a body of nonsense must not become a larger answer. */
export const maxValidationErrors = 100

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey"
      ? "Expected no such field"
      : issue._tag === "MissingKey"
        ? "Expected a value, got none"
        : SchemaIssue.defaultLeafHook(issue)
})

const nameOf = (segment: PropertyKey | { readonly key: PropertyKey }) =>
  String(typeof segment === "object" ? segment.key : segment)

/** Everything a schema found wrong, each with its path as `data.room.id`; `at` names the whole. */
export const validationErrorsOf = ({ issue }: Schema.SchemaError, rootPath = "body"): ReadonlyArray<FieldError> =>
  format(issue).issues.map(({ path = [], message }) => ({ path: path.map(nameOf).join(".") || rootPath, message }))

/** One sentence about all of it. */
export const summaryOf = (validationErrors: ReadonlyArray<FieldError>): string => {
  const [first] = validationErrors
  const summary =
    validationErrors.length === 1 && first
      ? `${first.path}: ${first.message}`
      : `${validationErrors.length} things are wrong`
  return validationErrors.length > maxValidationErrors
    ? `${summary}; the first ${maxValidationErrors} are named`
    : summary
}
