import type { Context, Metric } from "effect"
import { removeUnsafe } from "effect/Metric"
import type { Board } from "#domain/model/index.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { gauge } from "./series.ts"

/** Sets a gauge. An unknown value removes it: an old value would look like the present one. */
const setter =
  (registry: Context.Context<never>, series: Metric.Gauge<number>) =>
  (value: number | null | undefined): void =>
    value === null || value === undefined ? removeUnsafe(series, registry) : series.updateUnsafe(value, registry)

type Setter = ReturnType<typeof setter>

/** A view or an automation, and its gauges. */
export interface ProcessorGauges {
  readonly subscription: Subscription
  readonly lagEvents: Setter
  readonly lagSeconds: Setter
  readonly deadLetters: Setter
}

/** The gauges of each view and automation. */
export const processorGauges = (board: Board.Any, registry: Context.Context<never>): ReadonlyArray<ProcessorGauges> => {
  const { automations, views } = subscriptions(board)
  const gaugesOf =
    (kind: "view" | "automation") => (processor: { readonly name: string; readonly subscription: Subscription }) => {
      const labels = { kind, processor: processor.name }
      const make = (name: string, description: string) => setter(registry, gauge(name, description, labels))
      return {
        subscription: processor.subscription,
        lagEvents: make(
          "processor_lag_events",
          "Events that a view or an automation has not processed; an upper bound from 500 on"
        ),
        lagSeconds: make(
          "processor_lag_seconds",
          "Age of the oldest event that it has not processed; 0 if there is none"
        ),
        deadLetters: make("processor_dead_letters", "Its dead letters, blocked events included")
      }
    }
  return [...views.map(gaugesOf("view")), ...automations.map(gaugesOf("automation"))]
}

/** Gauges with one series for each JetStream stream. */
export const streamGauges = (registry: Context.Context<never>) => {
  const perStream = (name: string, description: string) => {
    const setters = new Map<string, Setter>()
    return (values: Readonly<Record<string, number>>) => {
      for (const stream of Object.keys(values)) {
        if (!setters.has(stream)) setters.set(stream, setter(registry, gauge(name, description, { stream })))
      }
      for (const [stream, set] of setters) set(values[stream])
    }
  }
  return {
    messages: perStream("stream_messages", "Messages in a JetStream stream"),
    fill: perStream(
      "stream_fill_ratio",
      "Used share of the limit that a stream reaches first, from 0 to 1; 0 without a limit"
    ),
    replicas: perStream("stream_replicas", "Replicas of a stream, as configured"),
    currentReplicas: perStream("stream_replicas_current", "Replicas of a stream that are reachable and not behind")
  }
}

const connectionStates = ["connecting", "up", "lame duck", "down", "closed"] as const

/** The connection to NATS and the state of the log. */
export const connectionGauges = (registry: Context.Context<never>) => {
  const states = connectionStates.map(
    (state) =>
      [
        state,
        setter(registry, gauge("connection_state", "1 for the state of the connection to NATS, else 0", { state }))
      ] as const
  )
  return {
    state: (current: (typeof connectionStates)[number]) => {
      for (const [state, set] of states) set(state === current ? 1 : 0)
    },
    logReachable: setter(registry, gauge("log_reachable", "1 if the log is reachable and not damaged, else 0"))
  }
}
