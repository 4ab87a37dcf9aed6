import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Layout } from "../layout/index.ts"
import { count } from "../ui/format.ts"
import type { Subject } from "./state.ts"

/** All of a wall that has a place in its address. */
export interface Address {
  /** What is open at the side. */
  readonly subject: Subject | undefined
  /** The position that the wall is as of. */
  readonly at: number | undefined
  readonly search: string
  readonly table: boolean
  /** What the rows of an open read model are narrowed to, by the words of its key. */
  readonly narrowed: Readonly<Record<string, string>>
}

/** What an address is of: the same words mean something else on another board, the same position in another log. */
export interface Of {
  readonly board: Blueprint
  readonly layout: Layout
  readonly log: string
  /** The newest position of the log. */
  readonly position: number
}

const names = {
  at: "at",
  search: "search",
  table: "table",
  /** Before a word of a key. */
  row: "row."
} as const

const pathOf = (subject: Subject | undefined, { board, log }: Of): string => {
  const of = (...parts: ReadonlyArray<string>) => parts.map(encodeURIComponent).join("/")
  if (subject === undefined) return ""
  switch (subject.kind) {
    case "missing":
      return ""
    case "event":
      return `fact/${subject.position}@${log}`
    case "rule":
      return of("rule", board.slices[subject.column]!.id, subject.rule)
    case "screen":
      return of("screen", board.slices[subject.column]!.id)
    case "unknown":
    case "parked":
      return subject.kind
    case "correlation":
      return of(subject.kind, subject.id)
    default:
      return of(subject.kind, subject.name)
  }
}

/** What stands behind `#`: `command/BookRoom?at=21@Zk3x9PqLw0aB`. */
export const write = ({ at, narrowed, search, subject, table }: Address, of: Of): string => {
  const words = subject?.kind === "row" ? subject.words : narrowed
  const said = [
    ...(at === undefined ? [] : [`${names.at}=${at}@${of.log}`]),
    ...(search === "" ? [] : [`${names.search}=${encodeURIComponent(search)}`]),
    ...(table ? [names.table] : []),
    ...Object.entries(words)
      .filter(([, value]) => value !== "" || subject?.kind === "row")
      .map(([word, value]) => `${names.row}${encodeURIComponent(word)}=${encodeURIComponent(value)}`)
  ]
  return pathOf(subject, of) + (said.length === 0 ? "" : `?${said.join("&")}`)
}

const missing = (why: string): Subject => ({ kind: "missing", why })

/** A position as `25` or `25@Zk3x9PqLw0aB`, or why there is none. */
const positionIn = (text: string, { log, position }: Of): number | Subject => {
  const [, digits, named] = /^(\d+)(?:@([\w-]+))?$/u.exec(text) ?? []
  if (digits === undefined) return missing(`“${text}” is no position of the log.`)
  if (named !== undefined && named !== log) {
    return missing(
      `Position ${digits} of this link is of another log: it was restored from a backup since, or started anew. What stood there may stand elsewhere now, or be gone.`
    )
  }
  const at = Number(digits)
  return at > position ? missing(`The log has no position ${digits} yet: its newest is ${count(position)}.`) : at
}

const words = { fact: "fact", command: "command", view: "read model", gear: "automation" } as const

const isNamed = (kind: string): kind is keyof typeof words => Object.hasOwn(words, kind)

const namedIn = (kind: keyof typeof words, name: string, { board, layout }: Of): Subject => {
  const declared = { fact: board.facts, command: board.commands, view: board.views, gear: board.automations }[kind]
  if (!declared.some((one) => one.name === name)) {
    return missing(`${board.title} has no ${words[kind]} named “${name}”. It may have been renamed since.`)
  }
  const note = layout.notes.find((note) => note.kind === kind && note.name === name && !note.again)
  return { kind, name, column: note?.column ?? -1 }
}

const inSlice = (kind: "screen" | "rule", id: string, rule: string, { board }: Of): Subject => {
  const column = board.slices.findIndex((slice) => slice.id === id)
  const slice = board.slices[column]
  if (!slice) return missing(`${board.title} has no slice “${id}”. It may have been renamed since.`)
  if (kind === "screen") {
    return slice.screen === null
      ? missing(`The slice “${slice.title}” has no screen.`)
      : { kind, name: slice.screen, column }
  }
  return slice.rules.some(({ text }) => text === rule)
    ? { kind, column, rule }
    : missing(`The slice “${slice.title}” has no rule “${rule}”. It may have been worded otherwise since.`)
}

/** One row, by all words of its key. */
const rowIn = (name: string, said: URLSearchParams, of: Of): Subject => {
  const view = of.board.views.find((view) => view.name === name)
  if (!view) return namedIn("view", name, of)
  const lacking = view.key.find(({ word }) => !said.has(names.row + word))
  if (lacking) return missing(`A row of ${name} needs its “${lacking.word}” in the address.`)
  return {
    kind: "row",
    name,
    words: Object.fromEntries(view.key.map(({ word }) => [word, said.get(names.row + word)!]))
  }
}

const subjectIn = (path: string, said: URLSearchParams, of: Of): Subject | undefined => {
  const [kind = "", name = "", rule = ""] = path.split("/").map(decodeURIComponent)
  if (kind === "") return undefined
  if (kind === "fact" && /^\d/u.test(name)) {
    const position = positionIn(name, of)
    return typeof position === "number" ? { kind: "event", position } : position
  }
  if (isNamed(kind)) return namedIn(kind, name, of)
  if (kind === "screen" || kind === "rule") return inSlice(kind, name, rule, of)
  if (kind === "row") return rowIn(name, said, of)
  if (kind === "correlation" && name !== "") return { kind, id: name }
  if (kind === "unknown" || kind === "parked") return { kind }
  return missing(`Nothing on the wall is called “${path}”.`)
}

const narrowedIn = (said: URLSearchParams, subject: Subject | undefined, { board }: Of) => {
  if (subject?.kind === "row") return { narrowed: {}, strange: undefined }
  const narrowed = Array.from(said).flatMap(([name, value]) =>
    name.startsWith(names.row) ? [[name.slice(names.row.length), value] as const] : []
  )
  const key = subject?.kind === "view" ? board.views.find(({ name }) => name === subject.name)!.key : []
  const strange = narrowed.find(([word]) => !key.some((one) => one.word === word))
  return { narrowed: Object.fromEntries(narrowed), strange: strange?.[0] }
}

/** What an address says. A link to what is not there opens why. */
export const read = (text: string, of: Of): Address => {
  const end = text.indexOf("?")
  const [path, query] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)]
  const said = new URLSearchParams(query)
  const nothing = { at: undefined, search: said.get(names.search) ?? "", table: said.has(names.table), narrowed: {} }
  try {
    const subject = subjectIn(path, said, of)
    const { narrowed, strange } = narrowedIn(said, subject, of)
    if (strange !== undefined && subject?.kind !== "missing") {
      return { ...nothing, subject: missing(`Rows here have no “${strange}” that they could be found by.`) }
    }
    const written = said.get(names.at)
    const at = written === null ? undefined : positionIn(written, of)
    if (typeof at === "object") return { ...nothing, subject: at }
    return { ...nothing, subject, narrowed, at }
  } catch {
    // It is not percent-encoded as it should be.
    return { ...nothing, subject: missing(`The address “${text}” cannot be read. It may have been cut off.`) }
  }
}
