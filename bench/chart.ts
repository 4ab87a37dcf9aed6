import type { Sync } from "./Measure.ts"
import { type Row, formatTarget } from "./Row.ts"
import { formatValue } from "./table.ts"

const left = 230
const width = 900
const right = 250
const top = 78
const bar = 13
const gap = 12
const maxRatio = 2

const colours: Readonly<Record<Sync, string>> = { "2m": "two", always: "always", none: "none" }
const legends: Readonly<Record<Sync, string>> = {
  "2m": "sync every 2 minutes",
  always: "sync with each write",
  none: "in memory"
}

const style = `
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #57606a }
  .two { fill: #2f81f7 } .always { fill: #bc6c00 } .none { fill: #1a7f4b }
  .grid { stroke: #8c959f; stroke-opacity: .35 } .one { stroke: #57606a }
  .reach { stroke: #cf222e; stroke-width: 2.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9da7b3 }
    .two { fill: #58a6ff } .always { fill: #e3a04f } .none { fill: #56d394 }
    .one { stroke: #9da7b3 } .reach { stroke: #ff7b72 }
  }`

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const plot = width - left - right
const x = (ratio: number) => left + (Math.min(ratio, maxRatio) / maxRatio) * plot

const text = (at: readonly [number, number], content: string, attributes = "") =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`

const line = (x: number, from: number, to: number, kind: string) =>
  `<line class="${kind}" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${from.toFixed(1)}" y2="${to.toFixed(1)}"/>`

/** The length of a bar: ours / limit, or ours / target. */
const lengthOf = ({ ratio, ours, reach }: Row): number | null =>
  ratio ?? (reach?.of === "ours" && ours !== null ? ours / reach.most! : null)

const markOf = ({ reach }: Row): number | null =>
  reach === null ? null : reach.of === "ours" ? 1 : (reach.least ?? reach.most!)

const rowLabel = (row: Row): string => {
  const { ours, limit, ratio, unit, p99, reach, reached } = row
  if (ours === null) return row.note ?? "not run"
  return [
    ...(ratio === null ? [] : [ratio.toFixed(2)]),
    `${formatValue(ours, unit)}${limit === null ? "" : ` of ${formatValue(limit, unit)}`}`,
    ...(limit === null && p99 !== null ? [`p99 ${formatValue(p99, unit)}`] : []),
    ...(reach === null ? [] : [`${reached ? "✓" : "✗"} ${formatTarget(reach, unit)}`])
  ].join(" · ")
}

/** The rows as an SVG: one bar each, of the length ours / limit, with a mark at the target. */
export const chart = (rows: ReadonlyArray<Row>, caption: string): string => {
  const groups = [...Map.groupBy(rows, ({ name, concurrency }) => `${name} ${concurrency}`).values()]
  const parts: Array<string> = []
  let y = top
  for (const group of groups) {
    const { name, concurrency } = group[0]!
    const middle = y + (group.length * bar) / 2 + 4
    parts.push(text([left - 10, middle], concurrency > 1 ? `${name}, ${concurrency}` : name, 'text-anchor="end"'))
    for (const row of group) {
      const length = lengthOf(row)
      const mark = markOf(row)
      const kind = colours[row.sync]
      if (length !== null) {
        const end = x(length) - left
        parts.push(
          `<rect class="${kind}" x="${left}" y="${y.toFixed(1)}" width="${end.toFixed(1)}" height="${bar - 3}" rx="1.5"/>`
        )
      }
      if (mark !== null) parts.push(line(x(mark), y - 2, y + bar - 1, "reach"))
      parts.push(text([width - right + 10, y + bar - 4], rowLabel(row), 'class="quiet" style="font-size:10.5px"'))
      y += bar
    }
    y += gap
  }
  const bottom = y
  const height = bottom + 24
  const grid = [0, 0.5, 1, 1.5, 2].flatMap((ratio) => [
    line(x(ratio), top - 8, bottom - gap + 4, ratio === 1 ? "one" : "grid"),
    text(
      [x(ratio), bottom + 8],
      ratio === maxRatio ? `${maxRatio} and more` : String(ratio),
      'class="quiet" text-anchor="middle"'
    )
  ])
  const syncs = [...new Set(rows.map(({ sync }) => sync))]
  const legend = syncs.flatMap((sync, n) => [
    `<rect class="${colours[sync]}" x="${left + n * 170}" y="46" width="10" height="10" rx="2"/>`,
    text([left + n * 170 + 15, 55], legends[sync], 'class="quiet"')
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Benchmarks: ours / limit">`,
    `<style>${style}\n</style>`,
    text([16, 24], "Ours as a share of the paired limit", 'class="title"'),
    text([16, 40], caption, 'class="quiet"'),
    ...legend,
    line(left + syncs.length * 170 + 5, 45, 57, "reach"),
    text([left + syncs.length * 170 + 15, 55], "target", 'class="quiet"'),
    ...grid,
    ...parts,
    "</svg>",
    ""
  ].join("\n")
}
