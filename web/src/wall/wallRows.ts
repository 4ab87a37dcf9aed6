import type { View } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Rows } from "../../../src/layers/contract/operationsSchema.ts"
import type { Subject } from "./wallState.ts"

export type Row = Rows["rows"][number]
export type RowSubject = Extract<Subject, { readonly kind: "row" }>

/** The fields of a row that the view adds to its key and its state. */
export const metadataFields: ReadonlySet<string> = new Set(["position", "updatedAt", "updatedBy", "deadLetters"])

/** The text of a key field; of an entity, its id. */
const textOf = (value: unknown): string =>
  String(typeof value === "object" && value !== null && "id" in value ? value.id : value)

/** A row by the fields of its key. */
export const rowSubject = ({ key, name }: View, row: Row): RowSubject => ({
  kind: "row",
  name,
  words: Object.fromEntries(key.map(({ word }) => [word, textOf(row[word])]))
})

/** Text as a token of a subject, as `KeyToken.encode` writes it. */
const subjectToken = (text: string): string =>
  text === ""
    ? "="
    : encodeURIComponent(text)
        .replaceAll(/[_.!~*'()]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll("%", "=")

/** One value of a key field in the query of a list; text that would be parsed as a range or a token is encoded as a token. */
const inQuery = (text: string): string =>
  text === "" || text.includes("..") || text.startsWith("=") ? `=${subjectToken(text)}` : encodeURIComponent(text)

/** The query that lists this row only. */
export const queryOf = ({ words }: RowSubject): string =>
  Object.entries(words)
    .map(([word, text]) => `&${word}=${inQuery(text)}`)
    .join("")

/** The query for the events that a row is built from. */
export const eventsOf = ({ reads }: View, { words }: RowSubject): string =>
  [
    ...reads.map((type) => `type=${encodeURIComponent(type)}`),
    ...Object.entries(words).map(([word, text]) => `where=${encodeURIComponent(`${word}:${text}`)}`)
  ].join("&")

/** A value of a row as the text of a cell. */
export const cell = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (typeof value !== "object") return String(value)
  if (Array.isArray(value)) return value.map(cell).join(", ")
  const entries = Object.entries(value)
  return entries.length === 1 && entries[0]![0] === "id"
    ? String(entries[0]![1])
    : entries.map(([name, of]) => `${name} ${cell(of)}`).join(" ")
}

/** The key of a row as text: `room 12 · date 2026-12-24`. */
export const keyText = ({ words }: Pick<RowSubject, "words">): string =>
  Object.entries(words)
    .map(([word, text]) => `${word} ${text}`)
    .join(" · ")
