import { type Grid, lineOf, middleOf } from "./grid.ts"
import type { Label, Row } from "./Layout.ts"
import type { Model } from "./Model.ts"
import type { Plan } from "./planning/plan.ts"
import { sizes } from "./sizes.ts"
import { shorten, type Weight, wrap } from "./text.ts"

/** The width of the names of the rows. */
const room = sizes.header - 18

/** The height of a line that names further boundaries. */
const alsoLine = 14

/** The rows of the wall with their names: actors, commands and read models, lanes. */
export const rowsOf = ({ actors, lanes }: Model, { middle, rows }: Plan, { y, width }: Grid): ReadonlyArray<Row> =>
  Array.from({ length: rows }, (_, row) => {
    const [top, bottom] = [y(2 * row), y(2 * row + 2)]
    const from = row === 0 ? top.from : middleOf(top)
    const to = row === rows - 1 ? bottom.to : middleOf(bottom)
    const center = middleOf(y(lineOf(row)))
    const actor = actors[row]
    const lane = lanes[row - middle - 1]
    const label = (text: string, dy: number, size: number, weight: Weight): Label => ({
      text: shorten(text, room, size, weight),
      x: 12,
      y: center + dy,
      size,
      bold: weight === "semibold",
      ...(weight === "mono" && { mono: true })
    })
    const subtitle = actor ? undefined : (lane?.stream ?? "and read models")
    const also = lane?.also.length ? wrap(`also ${lane.also.join(", ")}`, room, sizes.small, "regular", 2) : []
    const up = (also.length * alsoLine) / 2
    return {
      kind: actor ? "actor" : lane ? "lane" : "middle",
      bot: actor?.bot ?? false,
      x: 0,
      y: from,
      width,
      height: to - from,
      title: label(actor?.name ?? lane?.title ?? "Commands", (subtitle ? -2 : 5) - up, 13, "semibold"),
      ...(subtitle && { subtitle: label(subtitle, 14 - up, sizes.small, lane ? "mono" : "regular") }),
      also: also.map((text, n) => label(text, 14 - up + (n + 1) * alsoLine, sizes.small, "regular"))
    }
  })
