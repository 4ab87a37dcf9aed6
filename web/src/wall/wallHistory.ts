import { batch, effect } from "@preact/signals"
import { showPosition } from "./timeTravel.ts"
import { isTable, focused, rowFilter, ruleId, searchText } from "./view.ts"
import { type Address, type AddressContext, parseAddress, formatAddress } from "./wallAddress.ts"
import { operations, position, type Subject, subject, wall, requestedPosition } from "./wallState.ts"

// The wall and the address of its page, each as the other says.

/** Milliseconds after which what only goes on (a word that is typed, a slider that is dragged) is in the address. */
const debounceMillis = 250

const context = (): AddressContext => ({
  ...wall.peek()!,
  log: operations.peek()?.log ?? "",
  position: position.peek()
})

const currentAddress = (): Address => ({
  subject: subject.value,
  at: requestedPosition.value,
  search: searchText.value,
  table: isTable.value,
  filter: subject.value?.kind === "view" ? rowFilter.value : {}
})

/** Where a link leads that changes this much of what is shown. */
export const hrefOf = (change: Partial<Address>): string =>
  `#${formatAddress({ ...currentAddress(), ...change }, context())}`

/** The hash as it is in the address bar, without `#`. */
const currentHash = () => location.hash.slice(1)

const urlOf = (text: string) => (text === "" ? location.pathname + location.search : `#${text}`)

const isSameSubject = (a: Subject | undefined, b: Subject | undefined) =>
  a?.kind === b?.kind && (a === undefined || !("name" in a) || !("name" in b!) || a.name === b.name)

/** What one goes back over, rather than what goes on. */
const isStep = (before: Address, after: Address): boolean =>
  formatAddress({ ...before, filter: {}, search: "", at: undefined }, context()) !==
    formatAddress({ ...after, filter: {}, search: "", at: undefined }, context()) ||
  (before.at === undefined) !== (after.at === undefined) ||
  (before.search === "") !== (after.search === "") ||
  Object.values(before.filter).every((word) => word === "") !== Object.values(after.filter).every((word) => word === "")

let last: Address
let timer: ReturnType<typeof setTimeout> | undefined
let pendingText: string | undefined

const flush = () => {
  clearTimeout(timer)
  timer = undefined
  if (pendingText !== undefined) history.replaceState(null, "", urlOf(pendingText))
  pendingText = undefined
}

const writeAddress = (address: Address) => {
  // The link that led to nothing stays, so that it can be corrected.
  if (address.subject?.kind === "missing") return
  const before = last
  last = address
  // Rows are found by other words where another read model is open.
  if (Object.keys(address.filter).length > 0 && !isSameSubject(before.subject, address.subject)) {
    rowFilter.value = {}
    return
  }
  const text = formatAddress(address, context())
  if (text === (pendingText ?? currentHash())) return
  if (isStep(before, address)) {
    flush()
    history.pushState(null, "", urlOf(text))
  } else {
    pendingText = text
    timer ??= setTimeout(flush, debounceMillis)
  }
}

/** The post-it that the keyboard goes on from. */
const itemOf = (subject: Subject | undefined): string | undefined => {
  if (subject?.kind === "rule") return ruleId(subject.column, subject.rule)
  if (subject === undefined || !("name" in subject && "column" in subject)) return undefined
  const { kind, name, column } = subject
  return wall.value!.layout.notes.find((note) => note.kind === kind && note.name === name && note.column === column)?.id
}

const applyAddress = () => {
  const address = parseAddress(currentHash(), context())
  clearTimeout(timer)
  timer = undefined
  pendingText = undefined
  last = address
  batch(() => {
    focused.value = itemOf(address.subject) ?? focused.value
    subject.value = address.subject
    searchText.value = address.search
    isTable.value = address.table
    rowFilter.value = address.filter
    if (address.at !== requestedPosition.value) showPosition(address.at)
  })
}

/** Shows what the address names, now and whenever it changes, and writes there what is shown. */
export const followAddress = (): void => {
  applyAddress()
  effect(() => writeAddress(currentAddress()))
  addEventListener("popstate", applyAddress)
  addEventListener("hashchange", applyAddress)
}
