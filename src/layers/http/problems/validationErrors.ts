import { type Schema, SchemaIssue } from "effect"
import type { FieldError } from "./problemTypes.ts"

/** Further errors are counted but not listed: the response to an invalid body must not be larger than the body. */
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

/** All errors of a schema, each with a path such as `data.room.id`; `rootPath` is the path of the whole. */
export const validationErrorsOf = ({ issue }: Schema.SchemaError, rootPath = "body"): ReadonlyArray<FieldError> =>
  format(issue).issues.map(({ path = [], message }) => ({ path: path.map(nameOf).join(".") || rootPath, message }))

/** One sentence about all of the errors. */
export const summaryOf = (validationErrors: ReadonlyArray<FieldError>): string => {
  const [first] = validationErrors
  const summary =
    validationErrors.length === 1 && first
      ? `${first.path}: ${first.message}`
      : `${validationErrors.length} validation errors`
  return validationErrors.length > maxValidationErrors
    ? `${summary}; the first ${maxValidationErrors} are listed`
    : summary
}
