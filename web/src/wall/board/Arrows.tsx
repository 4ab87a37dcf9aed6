import type { Arrow, Point } from "../../layout/index.ts"
import { matchingIds } from "../view.ts"
import { wall } from "../wallState.ts"

const [headLength, headHalfWidth, barHalfWidth] = [8, 3.6, 4.5]

/** The head of an arrow at a point, for a last segment that starts at `from`. */
const head = ([x, y]: Point, [fromX, fromY]: Point): string => {
  const length = Math.hypot(x - fromX, y - fromY) || 1
  const [dx, dy] = [(x - fromX) / length, (y - fromY) / length]
  const corner = (side: number) =>
    `${x - dx * headLength - dy * headHalfWidth * side} ${y - dy * headLength + dx * headHalfWidth * side}`
  return `M${x} ${y}L${corner(1)}L${corner(-1)}z`
}

/** A bar across an arrow, behind its head. */
const bar = ([x, y]: Point, [fromX, fromY]: Point): string => {
  const length = Math.hypot(x - fromX, y - fromY) || 1
  const [dx, dy] = [(x - fromX) / length, (y - fromY) / length]
  const [atX, atY] = [x - dx * (headLength + 3), y - dy * (headLength + 3)]
  return `M${atX - dy * barHalfWidth} ${atY + dx * barHalfWidth}L${atX + dy * barHalfWidth} ${atY - dx * barHalfWidth}`
}

/** The line and the head of an arrow; one that checks a boundary has a bar, and one that trusts it a hollow head. */
export const ArrowShape = ({ path, points, relation }: Pick<Arrow, "path" | "points" | "relation">) => {
  const [tip, before] = [points.at(-1)!, points.at(-2)!]
  return (
    <>
      <path class="line" d={path} />
      {relation === "checks" && <path class="bar" d={bar(tip, before)} />}
      <path class="head" d={head(tip, before)} />
    </>
  )
}

const Line = ({ arrow }: { readonly arrow: Arrow }) => (
  <g class={`arrow ${arrow.relation}`} data-arrow={arrow.id}>
    <ArrowShape {...arrow} />
  </g>
)

export const Arrows = () => (
  <g class={matchingIds.value ? "arrows dim" : "arrows"} aria-hidden="true">
    {wall.value!.layout.arrows.map((arrow) => (
      <Line key={arrow.id} arrow={arrow} />
    ))}
  </g>
)
