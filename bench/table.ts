import { type Row, spellReach } from "./Row.ts"

const digits = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2)

/** `12,345 /s`, `0.61 ms`. */
export const spell = (value: number, unit: string): string =>
  `${value.toLocaleString("en", { minimumFractionDigits: digits(value), maximumFractionDigits: digits(value) })} ${unit}`

const spread = (span: readonly [number, number] | null, unit: string): string =>
  span ? ` (${spell(span[0], "").trim()}–${spell(span[1], unit)})` : ""

const verdict = ({ reach, reached, unit }: Row): string =>
  reach ? `${spellReach(reach, unit)} ${reached === null ? "" : reached ? "✓" : "✗"}`.trim() : "–"

const cells = (row: Row): ReadonlyArray<string> => [
  row.name,
  String(row.concurrency),
  row.sync,
  row.ours === null
    ? (row.note ?? "–")
    : `${spell(row.ours, row.unit)}${row.rounds > 1 ? spread(row.oursSpread, row.unit) : ""}` +
      (row.p99 === null ? "" : `, p99 ${spell(row.p99, "ms")}`),
  row.limit === null ? "–" : `${spell(row.limit, row.unit)}${row.rounds > 1 ? spread(row.limitSpread, row.unit) : ""}`,
  row.ratio === null
    ? "–"
    : `${row.ratio.toFixed(2)}${row.ratioSpread && row.rounds > 1 ? ` (${row.ratioSpread.map((each) => each.toFixed(2)).join("–")})` : ""}`,
  verdict(row)
]

const header = ["measure", "at once", "sync", "ours", "limit", "ours / limit", "reach"]

/** The rows as one table, and below it what was measured against what. */
export const table = (rows: ReadonlyArray<Row>): string => {
  const lines = [header, ...rows.map(cells)]
  const widths = header.map((_, n) => Math.max(...lines.map((line) => (line[0] ? line[n]!.length : 0))))
  const drawn = lines.map((line) =>
    line
      .map((cell, n) => cell.padEnd(widths[n]!))
      .join("  ")
      .trimEnd()
  )
  const rule = "─".repeat(Math.max(...drawn.map((line) => line.length)))
  const told = new Map(
    rows.map(({ name, title, against, note, ours }) => [
      name,
      `${name}: ${title}${against ? `, against ${against}` : ""}${note && ours !== null ? ` (${note})` : ""}`
    ])
  )
  return [drawn[0], rule, ...drawn.slice(1), "", ...told.values()].join("\n")
}
