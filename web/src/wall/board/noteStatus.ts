import type { Count } from "../../../../src/layers/contract/eventSchema.ts"
import type { PlacedNote } from "../../layout/index.ts"
import { count, plural, formatTime } from "../../ui/format.ts"
import { countOf, loaded, operations, rejectedOf, totalsAt, wall } from "../wallState.ts"

/** The status of a note: its last line, also part of its accessible name. */
export interface NoteStatus {
  /** At the left: when the note was last active. */
  readonly last: string
  /** At the right: the number of events or rows. */
  readonly many: string
  /** A condition that needs attention, or that will pass. */
  readonly alarm?: { readonly text: string; readonly bad: boolean }
  /** The log has no event of this type. */
  readonly isUnseen: boolean
}

const emptyStatus: NoteStatus = { last: "", many: "", isUnseen: false }

const newestOf = (counts: ReadonlyArray<Count>) =>
  counts.reduce<Count | undefined>(
    (newest, count) => (count.position > (newest?.position ?? 0) ? count : newest),
    undefined
  )

const lastOf = (types: ReadonlyArray<string>) => {
  const time = newestOf(types.map(countOf))?.time
  return time ? formatTime(time) : ""
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
}): NoteStatus["alarm"] | undefined => {
  if (parked) return { text: plural(parked, "dead letter"), bad: true }
  if (rebuilding) return { text: "being rebuilt", bad: false }
  if (error && !error.over) return { text: "failing", bad: true }
  return lag ? { text: `${count(lag)} behind`, bad: false } : undefined
}

export const noteStatusOf = ({ kind, name }: PlacedNote): NoteStatus => {
  const { board } = wall.value!
  if (!loaded.value) return emptyStatus
  if (kind === "event") {
    const { count: many, time } = countOf(name)
    const none = totalsAt.value ? "not yet" : "never seen"
    return { last: time ? formatTime(time) : none, many: many === 0 ? "" : count(many), isUnseen: many === 0 }
  }
  if (kind === "command") {
    const { emits } = board.commands.find((command) => command.name === name)!
    const eventCount = emits.reduce((sum, type) => sum + countOf(type).count, 0)
    const rejected = rejectedOf(name)?.count ?? 0
    const alarm = rejected > 0 && { text: `${count(rejected)} rejected`, bad: false }
    return {
      last: lastOf(emits),
      many: eventCount === 0 ? "" : plural(eventCount, "event"),
      isUnseen: false,
      ...(alarm && { alarm })
    }
  }
  if (kind === "view") {
    const state = totalsAt.value ? undefined : operations.value?.views[name]
    const { reads } = board.views.find((view) => view.name === name)!
    const alarm = state && alarmOf(state)
    const rows = state?.rows
    return { last: lastOf(reads), many: rows ? plural(rows, "row") : "", isUnseen: false, ...(alarm && { alarm }) }
  }
  if (kind === "automation") {
    const state = totalsAt.value ? undefined : operations.value?.automations[name]
    const { when } = board.automations.find((automation) => automation.name === name)!
    const processedCount = when.reduce((sum, type) => sum + countOf(type).count, 0) - (state?.lag ?? 0)
    const alarm = state && alarmOf(state)
    return {
      last: lastOf(when),
      many: processedCount > 0 ? count(processedCount) : "",
      isUnseen: false,
      ...(alarm && { alarm })
    }
  }
  return emptyStatus
}
