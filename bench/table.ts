import { type Row, formatTarget } from "./Row.ts"

const digits = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2)

/** `12,345 /s`, `0.61 ms`. */
export const formatValue = (value: number, unit: string): string =>
  `${value.toLocaleString("en", { minimumFractionDigits: digits(value), maximumFractionDigits: digits(value) })} ${unit}`

const formatSpread = (span: readonly [number, number] | null, unit: string): string =>
  span ? ` (${formatValue(span[0], "").trim()}–${formatValue(span[1], unit)})` : ""

const verdict = ({ reach, reached, unit }: Row): string =>
  reach ? `${formatTarget(reach, unit)} ${reached === null ? "" : reached ? "✓" : "✗"}`.trim() : "–"

const cells = (row: Row): ReadonlyArray<string> => [
  row.name,
  String(row.concurrency),
  row.sync,
  row.ours === null
    ? (row.note ?? "–")
    : `${formatValue(row.ours, row.unit)}${row.rounds > 1 ? formatSpread(row.oursSpread, row.unit) : ""}` +
      (row.p99 === null ? "" : `, p99 ${formatValue(row.p99, "ms")}`),
  row.limit === null
    ? "–"
    : `${formatValue(row.limit, row.unit)}${row.rounds > 1 ? formatSpread(row.limitSpread, row.unit) : ""}`,
  row.ratio === null
    ? "–"
    : `${row.ratio.toFixed(2)}${row.ratioSpread && row.rounds > 1 ? ` (${row.ratioSpread.map((each) => each.toFixed(2)).join("–")})` : ""}`,
  verdict(row)
]

const header = ["measure", "at once", "sync", "ours", "limit", "ours / limit", "target"]

/** The rows as a table, followed by the descriptions of the measures and their limits. */
export const table = (rows: ReadonlyArray<Row>): string => {
  const lines = [header, ...rows.map(cells)]
  const widths = header.map((_, n) => Math.max(...lines.map((line) => (line[0] ? line[n]!.length : 0))))
  const rendered = lines.map((line) =>
    line
      .map((cell, n) => cell.padEnd(widths[n]!))
      .join("  ")
      .trimEnd()
  )
  const rule = "─".repeat(Math.max(...rendered.map((line) => line.length)))
  const descriptions = new Map(
    rows.map(({ name, title, against, note, ours }) => [
      name,
      `${name}: ${title}${against ? `, against ${against}` : ""}${note && ours !== null ? ` (${note})` : ""}`
    ])
  )
  return [rendered[0], rule, ...rendered.slice(1), "", ...descriptions.values()].join("\n")
}
