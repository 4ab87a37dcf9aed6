import type { PlacedNote } from "../../layout/index.ts"
import { shorten, textWidth } from "../../layout/text.ts"
import { shownRejection } from "../wallState.ts"
import { type NoteStatus, noteStatusOf } from "./noteStatus.ts"

const size = 11

/** The left and right inset of a note's last line, in pixels. */
const inset = (kind: PlacedNote["kind"]) => (kind === "automation" ? ([38, 14] as const) : ([9, 9] as const))

/** The time of the last activity, shortened to the room that the count leaves. */
const fittingLast = (room: number, last: string, many: string): string =>
  [last, last.replace(/^(\d\d:\d\d):\d\d$/u, "$1"), ""].find(
    (text) => textWidth(text, size) + 6 + textWidth(many, size, "semibold") <= room
  ) ?? ""

/** The status of a note, shortened to the room it has. A rejection that flashes replaces all other alarms. */
export const shownStatus = (note: PlacedNote): NoteStatus => {
  const { kind, name, tag, width } = note
  const status = noteStatusOf(note)
  if (kind === "screen" || tag !== undefined) return { last: "", many: "", isUnseen: status.isUnseen }
  const [left, right] = inset(kind)
  const last = fittingLast(width - left - right, status.last, status.many)
  const flash = kind === "command" ? shownRejection(name) : undefined
  if (flash === undefined) return { ...status, last }
  return { ...status, last, alarm: { text: shorten(flash, width - 8, size, "semibold"), bad: true } }
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
  const width = 12 + textWidth(text, size, "semibold")
  return (
    <g class={bad ? "alarm bad" : "alarm"}>
      <rect x={x - width + 6} y={y - 11} width={width} height={16} rx={8} />
      <text x={x - width / 2 + 6} y={y + 0.5} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}

export const NoteFoot = ({
  note,
  status: { alarm, last, many }
}: {
  readonly note: PlacedNote
  readonly status: NoteStatus
}) => {
  const { x, y, width, height, kind } = note
  const base = y + height - 8
  const [left, right] = inset(kind)
  return (
    <>
      <text class="foot" x={x + left} y={base}>
        {`${last} `}
      </text>
      <text class="foot many" x={x + width - right} y={base} text-anchor="end">
        {`${many} `}
      </text>
      {alarm && <Alarm x={x + width} y={y} {...alarm} />}
    </>
  )
}
