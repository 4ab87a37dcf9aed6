import { Effect, Layer, Metric } from "effect"

/** A registry of its own, so that the metrics of a test are not those of another. */
export const ownRegistry = Layer.effect(
  Metric.MetricRegistry,
  Effect.sync(() => new Map())
)

/** The value of a series by its name and labels, `name{label="value"}`, in the text format; undefined if it is not there. */
export const valueIn = (text: string, series: string): number | undefined => {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

/** The names in the text format, without the suffixes of histograms, with the labels of all series. */
export const seriesIn = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", labels = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? /u.exec(line)!
      return {
        name,
        labels: Object.fromEntries(Array.from(labels.matchAll(/(\w+)="([^"]*)"/gu), ([, key, value]) => [key!, value!]))
      }
    })
