import { batch, effect } from "@preact/signals"
import { showPosition } from "./timeTravel.ts"
import { isTable, focused, rowFilter, ruleId, searchText } from "./view.ts"
import { type Address, type AddressContext, parseAddress, formatAddress } from "./wallAddress.ts"
import { operations, position, type Subject, subject, wall, requestedPosition } from "./wallState.ts"

// Keeps the wall and the address of its page in step.

/** Continuous changes (typing, dragging the slider) are written to the address after this time. */
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

/** The href of a link that applies this change to the current address. */
export const hrefOf = (change: Partial<Address>): string =>
  `#${formatAddress({ ...currentAddress(), ...change }, context())}`

/** The hash as it is in the address bar, without `#`. */
const currentHash = () => location.hash.slice(1)

const urlOf = (text: string) => (text === "" ? location.pathname + location.search : `#${text}`)

const isSameSubject = (a: Subject | undefined, b: Subject | undefined) =>
  a?.kind === b?.kind && (a === undefined || !("name" in a) || !("name" in b!) || a.name === b.name)

/** Whether a change is a step of its own in the browser's history. */
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
  // A broken link stays in the address, so that it can be corrected.
  if (address.subject?.kind === "missing") return
  const before = last
  last = address
  // The filter belongs to the read model: another one has other key fields.
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

/** The note that the keyboard starts from. */
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

/** Applies the address, now and whenever it changes, and writes the shown state to it. */
export const followAddress = (): void => {
  applyAddress()
  effect(() => writeAddress(currentAddress()))
  addEventListener("popstate", applyAddress)
  addEventListener("hashchange", applyAddress)
}
