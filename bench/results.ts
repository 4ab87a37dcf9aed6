import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { chart } from "./chart.ts"
import { measures } from "./measures/index.ts"
import type { Row } from "./Row.ts"

const results = new URL("results.json", import.meta.url)
const docs = new URL("../docs/", import.meta.url)

const readPrevious = (): ReadonlyArray<Row> => {
  try {
    return JSON.parse(readFileSync(results, "utf8")) as ReadonlyArray<Row>
  } catch {
    return []
  }
}

const order = measures.map(({ name }) => name)
const keyOf = ({ name, concurrency, sync }: Row) => `${name} ${concurrency} ${sync}`

/** JSON as the formatter writes it, with four significant digits. */
const serialize = (rows: ReadonlyArray<Row>): string => {
  const short = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value)
  return `${JSON.stringify(rows, short, 2).replaceAll(/\[\s+([\d.]+),\s+([\d.]+)\s+\]/gu, "[$1, $2]")}\n`
}

/** Writes the results; rows of measures that were not run stay unchanged. */
export const write = (rows: ReadonlyArray<Row>, environmentNote: string): void => {
  const all = [...new Map([...readPrevious(), ...rows].map((row) => [keyOf(row), row])).values()]
    .filter(({ name }) => order.includes(name))
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  writeFileSync(results, serialize(all))
  mkdirSync(docs, { recursive: true })
  writeFileSync(new URL("bench.svg", docs), chart(all, environmentNote))
}
