import type { PlacedNote } from "../layout/index.ts"
import { Gear, Screen } from "./pictures.tsx"
import { Item } from "./Item.tsx"
import { standingOf } from "./standing.ts"
import { moment, wall } from "./state.ts"
import { Text } from "./Text.tsx"

const kinds = { fact: "Fact", command: "Command", view: "Read model", gear: "Automation", screen: "Screen" } as const

/** Post-its hang a little askew, each in its own way, always the same. */
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

const Foot = ({ note }: { readonly note: PlacedNote }) => {
  const { x, y, width, height, kind } = note
  const { last, many, alarm } = standingOf(note)
  const base = y + height - 8
  return (
    <>
      <text class="foot" x={x + (kind === "gear" ? 38 : 9)} y={base}>
        {`${last} `}
      </text>
      <text class="foot many" x={x + width - (kind === "gear" ? 14 : 9)} y={base} text-anchor="end">
        {`${many} `}
      </text>
      {alarm && <Alarm x={x + width} y={y} {...alarm} />}
    </>
  )
}

const Alarm = ({
  x,
  y,
  text,
  bad
}: {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly bad: boolean
}) => {
  const width = 12 + text.length * 6.4
  return (
    <g class={bad ? "alarm bad" : "alarm"}>
      <rect x={x - width + 6} y={y - 8} width={width} height={16} rx={8} />
      <text x={x - width / 2 + 6} y={y + 3.5} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}

const Shape = ({ note }: { readonly note: PlacedNote }) => {
  if (note.kind === "screen") return <Screen box={note} />
  if (note.kind === "gear") return <Gear box={note} />
  if (note.tag === undefined) return <Paper note={note} />
  return <rect class="paper" x={note.x} y={note.y} width={note.width} height={note.height} rx={3} />
}

const Note = ({ note }: { readonly note: PlacedNote }) => {
  const { id, kind, name, column, again, tag } = note
  const isTag = tag !== undefined
  const { last, many, alarm, never } = standingOf(note)
  const here = kind === "fact" && moment.value?.type === name
  // What can be read on it comes first, so that it can also be called by it.
  const foot = isTag ? [] : [last, many, alarm?.text]
  const read = [...note.title.map(({ text }) => text), note.fields?.text, ...foot].filter(Boolean).join(" ")
  const label = [read, kinds[kind], again && "drawn again"].filter(Boolean).join(", ")
  return (
    <Item
      id={id}
      kind={`note ${kind}${again ? " again" : ""}${isTag ? " tag" : ""}${never ? " never" : ""}${here ? " here" : ""}`}
      label={label}
      opens={{ kind, name, column }}
    >
      <rect
        class="halo"
        x={note.x - (isTag ? 3 : 5)}
        y={note.y - (isTag ? 3 : 5)}
        width={note.width + (isTag ? 6 : 10)}
        height={note.height + (isTag ? 6 : 10)}
        rx={kind === "gear" ? 27 : 7}
      />
      <Shape note={note} />
      {note.title.map((line) => (
        <Text label={line} />
      ))}
      {note.fields && <Text label={note.fields} kind="soft" />}
      {kind !== "screen" && !isTag && <Foot note={note} />}
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
