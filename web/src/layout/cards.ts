import type { Label, RuleCard } from "./Layout.ts"
import type { SliceModel } from "./Model.ts"
import { sizes } from "./sizes.ts"
import { wrap } from "./text.ts"

const pad = 9

/** A yellow card of rules, as wide as its column; `height` is its minimum height. */
export const ruleCard = (slice: SliceModel, column: number, x: number, width: number): RuleCard => {
  const room = width - 2 * pad
  let y = pad
  const title = wrap(slice.title, room, sizes.name, "semibold").map((text): Label => {
    y += sizes.nameLine
    return { text, x: x + pad, y: y - 3, size: sizes.name, bold: true }
  })
  y += 3
  const rules = slice.rules.map((rule) => {
    const from = y
    const lines = wrap(rule, room - sizes.mark, sizes.rule).map((text): Label => {
      y += sizes.ruleLine
      return { text, x: x + pad + sizes.mark, y: y - 4, size: sizes.rule, bold: false }
    })
    y += 3
    return { rule, lines, x: x + pad - 4, y: from, width: room + 8, height: y - from - 2 }
  })
  return { column, x, y: 0, width, height: y + pad - 3, title, rules }
}
