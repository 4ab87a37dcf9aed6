import type { PlacedNote } from "../../layout/index.ts"
import { sizes } from "../../layout/sizes.ts"
import { shownRejection, eventAt, rejectedOf, wall } from "../wallState.ts"
import { AutomationIcon, GuardIcon, ScreenIcon } from "./icons.tsx"
import { Item } from "./Item.tsx"
import { NoteFoot, shownStatus } from "./NoteFoot.tsx"
import type { NoteStatus } from "./noteStatus.ts"
import { Text } from "./Text.tsx"

const kindNames = {
  event: "Event",
  command: "Command",
  message: "Message",
  view: "Read model",
  automation: "Automation",
  screen: "Screen"
} as const

/** The tilt of a note, in degrees, derived from its id. */
const tilt = (id: string): number =>
  ((Array.from(id).reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 997, 7) % 9) - 4) / 10

const Paper = ({ note: { id, x, y, width, height } }: { readonly note: PlacedNote }) => (
  <g transform={`rotate(${tilt(id)} ${x + width / 2} ${y + height / 2})`}>
    <path
      class="shade"
      d={`M${x + 4} ${y + height - 2}L${x + width - 4} ${y + height - 2}L${x + width - 2} ${y + height + 4}Q${x + width / 2} ${y + height} ${x + 2} ${y + height + 4}z`}
    />
    <rect class="paper" x={x} y={y} width={width} height={height} rx={2} />
  </g>
)

const Shape = ({ note }: { readonly note: PlacedNote }) => {
  if (note.kind === "screen") return <ScreenIcon box={note} />
  if (note.kind === "automation") return <AutomationIcon box={note} />
  if (note.tag === undefined) return <Paper note={note} />
  return <rect class="paper" x={note.x} y={note.y} width={note.width} height={note.height} rx={3} />
}

/** Whether a note is an event that no command emits any more. */
const isRetired = ({ kind, name }: Pick<PlacedNote, "kind" | "name">): boolean =>
  kind === "event" && wall.value!.board.facts.some((event) => event.name === name && event.retired)

/**
 * The accessible name of a note contains its visible text unchanged, so that speech control can name it, and adds what the
 * drawing had no room for: the full name and all fields.
 */
const noteLabel = (note: PlacedNote, { alarm, last, many }: NoteStatus): string => {
  const { kind, name, allFields, allGuards, guards, isRepeated, fields, title } = note
  const titles = title.map(({ text }) => text)
  const read = [...titles, fields?.text, guards?.text, last, many, alarm?.text].filter(Boolean).join(" ")
  const rejection = kind === "command" ? rejectedOf(name)?.last?.type : undefined
  return [
    titles.some((text) => text.endsWith("…")) && name,
    read,
    kindNames[kind],
    allFields !== fields?.text && allFields,
    allGuards && `guards ${allGuards}`,
    rejection && `last rejection ${rejection}`,
    isRetired(note) && "retired",
    isRepeated && "drawn again"
  ]
    .filter(Boolean)
    .join(", ")
}

const Note = ({ note }: { readonly note: PlacedNote }) => {
  const { id, kind, name, column, isRepeated, tag } = note
  const isTag = tag !== undefined
  const status = shownStatus(note)
  const rejected = kind === "command" && shownRejection(name) !== undefined
  const here = kind === "event" && eventAt.value?.type === name
  const states = [
    kind,
    isRepeated && "again",
    isTag && "tag",
    isRetired(note) && "retired",
    status.isUnseen && "never",
    here && "here",
    rejected && "rejected"
  ]
  return (
    <Item
      id={id}
      kind={`note ${states.filter(Boolean).join(" ")}`}
      label={noteLabel(note, status)}
      opens={{ kind, name, column }}
    >
      <rect
        class="halo"
        x={note.x - (isTag ? 3 : 5)}
        y={note.y - (isTag ? 3 : 5)}
        width={note.width + (isTag ? 6 : 10)}
        height={note.height + (isTag ? 6 : 10)}
        rx={kind === "automation" ? 27 : 7}
      />
      <Shape note={note} />
      {note.title.map((line) => (
        <Text label={line} kind={isRetired(note) ? "struck" : ""} />
      ))}
      {note.fields && <Text label={note.fields} kind="soft" />}
      {note.guards && (
        <>
          <GuardIcon x={note.x + sizes.pad} y={note.guards.y} />
          <Text label={note.guards} kind="soft" />
        </>
      )}
      {kind !== "screen" && !isTag && <NoteFoot note={note} status={status} />}
    </Item>
  )
}

export const Notes = () => (
  <g>
    {wall.value!.layout.notes.map((note) => (
      <Note key={note.id} note={note} />
    ))}
  </g>
)
