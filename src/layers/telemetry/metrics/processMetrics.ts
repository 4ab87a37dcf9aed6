import { monitorEventLoopDelay } from "node:perf_hooks"
import { type Context, Effect } from "effect"
import { counter, gauge } from "./series.ts"

/** Milliseconds between two samples of the event loop. */
const sampleMillis = 20

const nanosPerSecond = 1e9

/**
 * Returns the effect that measures this process: memory, processor time, and by how much the event loop was late since the
 * measurement before. Samples the event loop until the scope closes.
 */
export const processMetrics = Effect.fnUntraced(function* (registry: Context.Context<never>) {
  const delay = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution: sampleMillis })
      histogram.enable()
      return histogram
    }),
    (histogram) => Effect.sync(() => histogram.disable())
  )
  const series = {
    resident: gauge("process_resident_memory_bytes", "Memory of the process"),
    heapUsed: gauge("nodejs_heap_size_used_bytes", "Memory in use on V8's heap"),
    heapTotal: gauge("nodejs_heap_size_total_bytes", "Memory of V8's heap"),
    external: gauge("nodejs_external_memory_bytes", "Memory of buffers outside of V8's heap"),
    p50: gauge("nodejs_eventloop_delay_p50_seconds", "Median delay of the event loop since the measurement before"),
    p99: gauge("nodejs_eventloop_delay_p99_seconds", "99th percentile of that delay"),
    max: gauge("nodejs_eventloop_delay_max_seconds", "Longest such delay"),
    cpu: counter("process_cpu_seconds_total", "Processor time of the process")
  }
  let cpuSeconds = 0
  // A sample includes the time that it waited for on purpose.
  const seconds = (nanos: number) => Math.max(0, nanos / nanosPerSecond - sampleMillis / 1_000) || 0

  return Effect.sync(() => {
    const { external, heapTotal, heapUsed, rss } = process.memoryUsage()
    const { system, user } = process.cpuUsage()
    const cpuNow = (system + user) / 1e6
    series.resident.updateUnsafe(rss, registry)
    series.heapUsed.updateUnsafe(heapUsed, registry)
    series.heapTotal.updateUnsafe(heapTotal, registry)
    series.external.updateUnsafe(external, registry)
    series.p50.updateUnsafe(seconds(delay.percentile(50)), registry)
    series.p99.updateUnsafe(seconds(delay.percentile(99)), registry)
    series.max.updateUnsafe(seconds(delay.max), registry)
    series.cpu.updateUnsafe(cpuNow - cpuSeconds, registry)
    cpuSeconds = cpuNow
    delay.reset()
  })
})
