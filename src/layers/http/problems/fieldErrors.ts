import { type Schema, SchemaIssue } from "effect"
import type { Wrong } from "./problemTypes.ts"

/** More than these are counted, not named: a body of nonsense must not become a larger answer. */
export const mostWrongs = 100

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
export const wrongsOf = ({ issue }: Schema.SchemaError, at = "body"): ReadonlyArray<Wrong> =>
  format(issue).issues.map(({ path = [], message }) => ({ path: path.map(nameOf).join(".") || at, message }))

/** One sentence about all of it. */
export const sentence = (wrongs: ReadonlyArray<Wrong>): string => {
  const [first] = wrongs
  const what = wrongs.length === 1 && first ? `${first.path}: ${first.message}` : `${wrongs.length} things are wrong`
  return wrongs.length > mostWrongs ? `${what}; the first ${mostWrongs} are named` : what
}
