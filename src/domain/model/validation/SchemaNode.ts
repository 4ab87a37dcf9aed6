/** The part of a schema's AST that the rules read. */
export interface SchemaNode {
  readonly _tag: string
  readonly context?: { readonly isOptional: boolean } | undefined
  readonly literal?: unknown
  readonly types?: ReadonlyArray<SchemaNode>
  readonly checks?: ReadonlyArray<Check>
}

/** `arbitraryConstraint` describes, as data, which values a check accepts; a group of checks has `checks` of its own. */
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
