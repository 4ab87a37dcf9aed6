import { type Grid, lineOf, middleOf } from "./grid.ts"
import type { Label, Row } from "./Layout.ts"
import type { Model } from "./Model.ts"
import type { Plan } from "./planning/plan.ts"
import { sizes } from "./sizes.ts"
import { shorten } from "./text.ts"

/** The rows of the wall with their names: actors, commands and read models, lanes. */
export const rowsOf = ({ actors, lanes }: Model, { middle, rows }: Plan, { y, width }: Grid): ReadonlyArray<Row> =>
  Array.from({ length: rows }, (_, row) => {
    const [top, bottom] = [y(2 * row), y(2 * row + 2)]
    const from = row === 0 ? top.from : middleOf(top)
    const to = row === rows - 1 ? bottom.to : middleOf(bottom)
    const center = middleOf(y(lineOf(row)))
    const actor = actors[row]
    const lane = lanes[row - middle - 1]
    const label = (text: string, dy: number, size: number, bold: boolean): Label => ({
      text: shorten(text, sizes.header - 18, size, bold ? "semibold" : "regular"),
      x: 12,
      y: center + dy,
      size,
      bold
    })
    const subtitle = actor ? undefined : (lane?.stream ?? "and read models")
    return {
      kind: actor ? "actor" : lane ? "lane" : "middle",
      bot: actor?.bot ?? false,
      x: 0,
      y: from,
      width,
      height: to - from,
      title: label(actor?.name ?? lane?.title ?? "Commands", subtitle ? -2 : 5, 13, true),
      ...(subtitle && { subtitle: label(subtitle, 14, 11, false) })
    }
  })
