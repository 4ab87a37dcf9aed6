import { batch, effect } from "@preact/signals"
import { type Address, type Of, read, write } from "./address.ts"
import { operations, position, type Subject, subject, wall, wanted } from "./state.ts"
import { show } from "./time.ts"
import { asTable, focused, narrowed, ruleId, searched } from "./view.ts"

// The wall and the address of its page, each as the other says.

/** Milliseconds after which what only goes on (a word that is typed, a slider that is dragged) is in the address. */
const restMillis = 250

const of = (): Of => ({ ...wall.peek()!, log: operations.peek()?.log ?? "", position: position.peek() })

const now = (): Address => ({
  subject: subject.value,
  at: wanted.value,
  search: searched.value,
  table: asTable.value,
  narrowed: subject.value?.kind === "view" ? narrowed.value : {}
})

/** Where a link leads that changes this much of what is shown. */
export const hrefOf = (change: Partial<Address>): string => `#${write({ ...now(), ...change }, of())}`

/** The hash as it is in the address bar, without `#`. */
const written = () => location.hash.slice(1)

const urlOf = (text: string) => (text === "" ? location.pathname + location.search : `#${text}`)

const isSame = (a: Subject | undefined, b: Subject | undefined) =>
  a?.kind === b?.kind && (a === undefined || !("name" in a) || !("name" in b!) || a.name === b.name)

/** What one goes back over, rather than what goes on. */
const isStep = (before: Address, after: Address): boolean =>
  write({ ...before, narrowed: {}, search: "", at: undefined }, of()) !==
    write({ ...after, narrowed: {}, search: "", at: undefined }, of()) ||
  (before.at === undefined) !== (after.at === undefined) ||
  (before.search === "") !== (after.search === "") ||
  Object.values(before.narrowed).every((word) => word === "") !==
    Object.values(after.narrowed).every((word) => word === "")

let last: Address
let timer: ReturnType<typeof setTimeout> | undefined
let waiting: string | undefined

const flush = () => {
  clearTimeout(timer)
  timer = undefined
  if (waiting !== undefined) history.replaceState(null, "", urlOf(waiting))
  waiting = undefined
}

const keep = (address: Address) => {
  // The link that led to nothing stays, so that it can be corrected.
  if (address.subject?.kind === "missing") return
  const before = last
  last = address
  // Rows are found by other words where another read model is open.
  if (Object.keys(address.narrowed).length > 0 && !isSame(before.subject, address.subject)) {
    narrowed.value = {}
    return
  }
  const text = write(address, of())
  if (text === (waiting ?? written())) return
  if (isStep(before, address)) {
    flush()
    history.pushState(null, "", urlOf(text))
  } else {
    waiting = text
    timer ??= setTimeout(flush, restMillis)
  }
}

/** The post-it that the keyboard goes on from. */
const itemOf = (subject: Subject | undefined): string | undefined => {
  if (subject?.kind === "rule") return ruleId(subject.column, subject.rule)
  if (subject === undefined || !("name" in subject && "column" in subject)) return undefined
  const { kind, name, column } = subject
  return wall.value!.layout.notes.find((note) => note.kind === kind && note.name === name && note.column === column)?.id
}

const apply = () => {
  const address = read(written(), of())
  clearTimeout(timer)
  timer = undefined
  waiting = undefined
  last = address
  batch(() => {
    focused.value = itemOf(address.subject) ?? focused.value
    subject.value = address.subject
    searched.value = address.search
    asTable.value = address.table
    narrowed.value = address.narrowed
    if (address.at !== wanted.value) show(address.at)
  })
}

/** Shows what the address names, now and whenever it changes, and writes there what is shown. */
export const followAddress = (): void => {
  apply()
  effect(() => keep(now()))
  addEventListener("popstate", apply)
  addEventListener("hashchange", apply)
}
