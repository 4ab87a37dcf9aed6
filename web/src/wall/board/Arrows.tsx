import type { Arrow, Point } from "../../layout/index.ts"
import { matchingIds } from "../view.ts"
import { wall } from "../wallState.ts"

const [headLength, headHalfWidth] = [8, 3.6]

/** The head of an arrow at a point, for a last segment that starts at `from`. */
const head = ([x, y]: Point, [fromX, fromY]: Point): string => {
  const length = Math.hypot(x - fromX, y - fromY) || 1
  const [dx, dy] = [(x - fromX) / length, (y - fromY) / length]
  const corner = (side: number) =>
    `${x - dx * headLength - dy * headHalfWidth * side} ${y - dy * headLength + dx * headHalfWidth * side}`
  return `M${x} ${y}L${corner(1)}L${corner(-1)}z`
}

const Line = ({ arrow }: { readonly arrow: Arrow }) => (
  <g class={`arrow ${arrow.relation}`} data-arrow={arrow.id}>
    <path class="line" d={arrow.path} />
    <path class="head" d={head(arrow.points.at(-1)!, arrow.points.at(-2)!)} />
  </g>
)

export const Arrows = () => (
  <g class={matchingIds.value ? "arrows dim" : "arrows"} aria-hidden="true">
    {wall.value!.layout.arrows.map((arrow) => (
      <Line key={arrow.id} arrow={arrow} />
    ))}
  </g>
)
