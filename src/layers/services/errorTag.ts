/** The `_tag` of an error of ours; `Defect` for anything else that was thrown. */
export const errorTag = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "Defect"
