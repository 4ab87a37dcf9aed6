import type { Row } from "../../layout/index.ts"
import { wall } from "../wallState.ts"
import { Text } from "./Text.tsx"

const RowName = ({ row: { also, kind, title, subtitle } }: { readonly row: Row }) => (
  <>
    <Text label={title} />
    {subtitle && <Text label={subtitle} kind={kind === "lane" ? "muted code" : "muted"} />}
    {also.map((line) => (
      <Text key={line.y} label={line} kind="muted" />
    ))}
  </>
)

/** The bands of the wall and the borders of its columns. */
export const Rows = () => {
  const { rows, borders, height, width } = wall.value!.layout
  const top = rows[0]?.y ?? 0
  return (
    <g aria-hidden="true">
      {rows.map(({ kind, y, height }) => (
        <rect class={`band ${kind}`} x={0} y={y} width={width} height={height} />
      ))}
      {rows.slice(1).map(({ y }) => (
        <path class="band-line" d={`M0 ${y}H${width}`} />
      ))}
      {rows.map((row) => (
        <RowName key={row.y} row={row} />
      ))}
      {borders.map((x) => (
        <path class="border" d={`M${x} ${top}V${height}`} />
      ))}
    </g>
  )
}

/** The names of the rows, which stay at the left while the wall scrolls. */
export const Names = ({ scale }: { readonly scale: number }) => {
  const { rows, header, height } = wall.value!.layout
  return (
    <svg
      class="names"
      width={Math.round(header * scale)}
      height={Math.round(height * scale)}
      viewBox={`0 0 ${header} ${height}`}
      aria-hidden="true"
    >
      {rows.map((row) => (
        <g>
          <rect class={`band ${row.kind}`} x={0} y={row.y} width={header} height={row.height} />
          <path class="band-line" d={`M0 ${row.y}H${header}`} />
          <RowName row={row} />
        </g>
      ))}
      <path class="band-line" d={`M${header - 0.5} ${rows[0]?.y ?? 0}V${height}`} />
    </svg>
  )
}
