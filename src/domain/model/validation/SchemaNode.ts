/** What is looked at of a schema's AST. */
export interface SchemaNode {
  readonly _tag: string
  readonly context?: { readonly isOptional: boolean } | undefined
  readonly literal?: unknown
  readonly types?: ReadonlyArray<SchemaNode>
  readonly checks?: ReadonlyArray<Check>
}

/** `arbitraryConstraint` says of a check, as data, what it lets through; a group of checks has `checks` of its own. */
export interface Check {
  readonly checks?: ReadonlyArray<Check>
  readonly annotations?: {
    readonly arbitraryConstraint?: {
      readonly maxLength?: number
      readonly maxCodePoints?: number
      readonly patterns?: ReadonlyArray<{ readonly source: string; readonly flags: string }>
    }
  }
}
