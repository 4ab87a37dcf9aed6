import { Metric } from "effect"

/** Label names and values. Values are names on the board or of a fixed list, never ids, keys, paths with values or addresses. */
type Labels = Readonly<Record<string, string>>

/**
 * Upper bounds in seconds. A command takes 1 to 10 ms where the disk syncs, and is answered within nine seconds; 0.25 is the
 * limit of the latency objective in deploy/observability/alerts.yaml.
 */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** A batch of several appends has at most 128 messages; one append has at most 1,000. */
const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 1_000]

/** A counter, which begins at 0 as soon as it is registered by an update with 0. */
export const counter = (name: string, description: string, attributes: Labels = {}) =>
  Metric.counter(name, { description, attributes, incremental: true })

export const gauge = (name: string, description: string, attributes: Labels = {}) =>
  Metric.gauge(name, { description, attributes })

/** A histogram of durations in seconds. */
export const durations = (name: string, description: string, attributes: Labels = {}) =>
  Metric.histogram(name, { description, attributes, boundaries: secondsBuckets })

/** A histogram of numbers of messages or appends. */
export const sizes = (name: string, description: string) =>
  Metric.histogram(name, { description, boundaries: batchBuckets })
