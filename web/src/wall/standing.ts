import type { Count } from "../../../src/layers/contract/eventSchema.ts"
import type { PlacedNote } from "../layout/index.ts"
import { count, plural, when } from "../ui/format.ts"
import { countOf, loaded, operations, rejectedOf, then, wall } from "./state.ts"

/** How a post-it stands, as its last line and for those who listen to it. */
export interface Standing {
  /** At the left: when it last had to do with something. */
  readonly last: string
  /** At the right: how many. */
  readonly many: string
  /** Something that somebody should see to, or wait for. */
  readonly alarm?: { readonly text: string; readonly bad: boolean }
  /** The log has none of it. */
  readonly never: boolean
}

const nothing: Standing = { last: "", many: "", never: false }

const newestOf = (counts: ReadonlyArray<Count>) =>
  counts.reduce<Count | undefined>(
    (newest, count) => (count.position > (newest?.position ?? 0) ? count : newest),
    undefined
  )

const lastOf = (facts: ReadonlyArray<string>) => {
  const time = newestOf(facts.map(countOf))?.time
  return time ? when(time) : ""
}

const alarmOf = ({
  lag,
  parked,
  error,
  rebuilding
}: {
  readonly rebuilding?: true
  readonly lag: number | null
  readonly parked: number | null
  readonly error: { readonly over: boolean } | null
}): Standing["alarm"] | undefined => {
  if (parked) return { text: `${count(parked)} parked`, bad: true }
  if (rebuilding) return { text: "being rebuilt", bad: false }
  if (error && !error.over) return { text: "in trouble", bad: true }
  return lag ? { text: `${count(lag)} behind`, bad: false } : undefined
}

export const standingOf = ({ kind, name }: PlacedNote): Standing => {
  const { board } = wall.value!
  if (!loaded.value) return nothing
  if (kind === "fact") {
    const { count: many, time } = countOf(name)
    const none = then.value ? "not yet" : "never seen"
    return { last: time ? when(time) : none, many: many === 0 ? "" : count(many), never: many === 0 }
  }
  if (kind === "command") {
    const { emits } = board.commands.find((command) => command.name === name)!
    const facts = emits.reduce((sum, fact) => sum + countOf(fact).count, 0)
    const rejected = rejectedOf(name)?.count ?? 0
    const alarm = rejected > 0 && { text: `${count(rejected)} rejected`, bad: false }
    return {
      last: lastOf(emits),
      many: facts === 0 ? "" : plural(facts, "fact"),
      never: false,
      ...(alarm && { alarm })
    }
  }
  if (kind === "view") {
    const state = then.value ? undefined : operations.value?.views[name]
    const { reads } = board.views.find((view) => view.name === name)!
    const alarm = state && alarmOf(state)
    const rows = state?.rows
    return { last: lastOf(reads), many: rows ? plural(rows, "row") : "", never: false, ...(alarm && { alarm }) }
  }
  if (kind === "gear") {
    const state = then.value ? undefined : operations.value?.automations[name]
    const { when } = board.automations.find((automation) => automation.name === name)!
    const taken = when.reduce((sum, fact) => sum + countOf(fact).count, 0) - (state?.lag ?? 0)
    const alarm = state && alarmOf(state)
    return { last: lastOf(when), many: taken > 0 ? count(taken) : "", never: false, ...(alarm && { alarm }) }
  }
  return nothing
}
