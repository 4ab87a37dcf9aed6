import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Layout } from "../layout/index.ts"
import { count } from "../ui/format.ts"
import type { Subject } from "./wallState.ts"

/** The part of the wall's state that is in its address. */
export interface Address {
  /** The subject of the panel. */
  readonly subject: Subject | undefined
  /** The position in the past that the wall shows. */
  readonly at: number | undefined
  readonly search: string
  readonly table: boolean
  /** The filter of the rows of an open read model, by the fields of its key. */
  readonly filter: Readonly<Record<string, string>>
}

/** The board and log that an address refers to: names belong to one board, positions to one log. */
export interface AddressContext {
  readonly board: Blueprint
  readonly layout: Layout
  readonly log: string
  /** The newest position of the log. */
  readonly position: number
}

const paramNames = {
  at: "at",
  search: "search",
  table: "table",
  /** The prefix of a field of a key. */
  row: "row."
} as const

const pathOf = (subject: Subject | undefined, { board, log }: AddressContext): string => {
  const encodePath = (...parts: ReadonlyArray<string>) => parts.map(encodeURIComponent).join("/")
  if (subject === undefined) return ""
  switch (subject.kind) {
    case "missing":
      return ""
    case "recorded":
      return `event/${subject.position}@${log}`
    case "rule":
      return encodePath("rule", board.slices[subject.column]!.id, subject.rule)
    case "screen":
      return encodePath("screen", board.slices[subject.column]!.id)
    case "unknown":
    case "parked":
    case "legend":
      return subject.kind
    case "stream":
      return encodePath(subject.kind, ...subject.id.split("/"))
    case "correlation":
      return encodePath(subject.kind, subject.id)
    default:
      return encodePath(subject.kind, subject.name)
  }
}

/** The fragment, without `#`: `command/BookRoom?at=21@Zk3x9PqLw0aB`. */
export const formatAddress = ({ at, filter, search, subject, table }: Address, context: AddressContext): string => {
  const fields = subject?.kind === "row" ? subject.words : filter
  const searchParams = [
    ...(at === undefined ? [] : [`${paramNames.at}=${at}@${context.log}`]),
    ...(search === "" ? [] : [`${paramNames.search}=${encodeURIComponent(search)}`]),
    ...(table ? [paramNames.table] : []),
    ...Object.entries(fields)
      .filter(([, value]) => value !== "" || subject?.kind === "row")
      .map(([word, value]) => `${paramNames.row}${encodeURIComponent(word)}=${encodeURIComponent(value)}`)
  ]
  return pathOf(subject, context) + (searchParams.length === 0 ? "" : `?${searchParams.join("&")}`)
}

const missingSubject = (why: string): Subject => ({ kind: "missing", why })

/** Parses a position, as `25` or `25@Zk3x9PqLw0aB`, or explains why it does not exist. */
const positionIn = (text: string, { log, position }: AddressContext): number | Subject => {
  const [, digits, named] = /^(\d+)(?:@([\w-]+))?$/u.exec(text) ?? []
  if (digits === undefined) return missingSubject(`“${text}” is not a position of the log.`)
  if (named !== undefined && named !== log) {
    return missingSubject(
      `Position ${digits} of this link belongs to another log: the log was restored from a backup since, or started empty. The event may have another position now, or be gone.`
    )
  }
  const at = Number(digits)
  return at > position ? missingSubject(`The log has no position ${digits} yet: its newest is ${count(position)}.`) : at
}

/** Kinds by their names in older addresses, which may be bookmarked: they are read, and no longer written. */
const formerKinds: ReadonlyMap<string, string> = new Map([
  ["fact", "event"],
  ["gear", "automation"]
])

const kindNames = {
  event: "event",
  command: "command",
  message: "message",
  view: "read model",
  automation: "automation"
} as const

const isNamed = (kind: string): kind is keyof typeof kindNames => Object.hasOwn(kindNames, kind)

const namedIn = (kind: keyof typeof kindNames, name: string, { board, layout }: AddressContext): Subject => {
  const { automations, commands, facts, messages, views } = board
  const declared = { event: facts, command: commands, message: messages, view: views, automation: automations }[kind]
  if (!declared.some((one) => one.name === name)) {
    return missingSubject(`${board.title} has no ${kindNames[kind]} named “${name}”. It may have been renamed since.`)
  }
  const note = layout.notes.find((note) => note.kind === kind && note.name === name && !note.isRepeated)
  return { kind, name, column: note?.column ?? -1 }
}

const inSlice = (kind: "screen" | "rule", id: string, rule: string, { board }: AddressContext): Subject => {
  const column = board.slices.findIndex((slice) => slice.id === id)
  const slice = board.slices[column]
  if (!slice) return missingSubject(`${board.title} has no slice “${id}”. It may have been renamed since.`)
  if (kind === "screen") {
    return slice.screen === null
      ? missingSubject(`The slice “${slice.title}” has no screen.`)
      : { kind, name: slice.screen, column }
  }
  return slice.rules.some(({ text }) => text === rule)
    ? { kind, column, rule }
    : missingSubject(`The slice “${slice.title}” has no rule “${rule}”. It may have been reworded since.`)
}

/** One row, by all fields of its key. */
const rowIn = (name: string, searchParams: URLSearchParams, context: AddressContext): Subject => {
  const view = context.board.views.find((view) => view.name === name)
  if (!view) return namedIn("view", name, context)
  const missingField = view.key.find(({ word }) => !searchParams.has(paramNames.row + word))
  if (missingField) return missingSubject(`A row of ${name} needs its “${missingField.word}” in the address.`)
  return {
    kind: "row",
    name,
    words: Object.fromEntries(view.key.map(({ word }) => [word, searchParams.get(paramNames.row + word)!]))
  }
}

/** The names of the boundaries in which events are found. */
const boundariesOf = ({ lanes }: Blueprint) =>
  new Set(lanes.flatMap(({ also, boundary }) => [boundary, ...also].map(({ name }) => name)))

const streamIn = (boundary: string, key: string, { board }: AddressContext): Subject =>
  key !== "" && boundariesOf(board).has(boundary)
    ? { kind: "stream", id: `${boundary}/${key}` }
    : missingSubject(`${board.title} has no event stream “${boundary}/${key}”.`)

const subjectIn = (path: string, searchParams: URLSearchParams, context: AddressContext): Subject | undefined => {
  const [written = "", name = "", rule = ""] = path.split("/").map(decodeURIComponent)
  const kind = formerKinds.get(written) ?? written
  if (kind === "") return undefined
  if (kind === "event" && /^\d/u.test(name)) {
    const position = positionIn(name, context)
    return typeof position === "number" ? { kind: "recorded", position } : position
  }
  if (isNamed(kind)) return namedIn(kind, name, context)
  if (kind === "screen" || kind === "rule") return inSlice(kind, name, rule, context)
  if (kind === "row") return rowIn(name, searchParams, context)
  if (kind === "correlation" && name !== "") return { kind, id: name }
  if (kind === "stream") return streamIn(name, rule, context)
  if (kind === "unknown" || kind === "parked" || kind === "legend") return { kind }
  return missingSubject(`The wall has nothing named “${path}”.`)
}

const filterIn = (searchParams: URLSearchParams, subject: Subject | undefined, { board }: AddressContext) => {
  if (subject?.kind === "row") return { narrowed: {}, strange: undefined }
  const filter = Array.from(searchParams).flatMap(([name, value]) =>
    name.startsWith(paramNames.row) ? [[name.slice(paramNames.row.length), value] as const] : []
  )
  const key = subject?.kind === "view" ? board.views.find(({ name }) => name === subject.name)!.key : []
  const unknownField = filter.find(([word]) => !key.some((one) => one.word === word))
  return { narrowed: Object.fromEntries(filter), strange: unknownField?.[0] }
}

/** Parses an address. A link to something that does not exist opens the reason. */
export const parseAddress = (text: string, context: AddressContext): Address => {
  const end = text.indexOf("?")
  const [path, query] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)]
  const searchParams = new URLSearchParams(query)
  const fallback = {
    at: undefined,
    search: searchParams.get(paramNames.search) ?? "",
    table: searchParams.has(paramNames.table),
    filter: {}
  }
  try {
    const subject = subjectIn(path, searchParams, context)
    const { narrowed: filter, strange: unknownField } = filterIn(searchParams, subject, context)
    if (unknownField !== undefined && subject?.kind !== "missing") {
      return {
        ...fallback,
        subject: missingSubject(`The key of these rows has no field “${unknownField}”.`)
      }
    }
    const written = searchParams.get(paramNames.at)
    const at = written === null ? undefined : positionIn(written, context)
    if (typeof at === "object") return { ...fallback, subject: at }
    return { ...fallback, subject, filter, at }
  } catch {
    // The percent-encoding is invalid.
    return { ...fallback, subject: missingSubject(`The address “${text}” cannot be read. It may have been cut off.`) }
  }
}
