import type { Context } from "effect"
import { Board } from "#domain/model/index.ts"
import type { Observations } from "#layers/services/Observer.ts"
import { counter, sizes } from "./series.ts"

/** Counts conflicts and retries by the name of a boundary, and measures batches. */
export const appendMetrics = (
  board: Board.Any,
  registry: Context.Context<never>
): Pick<Observations, "onConflict" | "onRetry" | "onBatch"> => {
  const byBoundary = (name: string, description: string) => {
    const series = new Map(
      Board.boundaries(board).map(({ name: boundary }) => [boundary, counter(name, description, { boundary })])
    )
    for (const total of series.values()) total.updateUnsafe(0, registry)
    return (boundary: string) => series.get(boundary)?.updateUnsafe(1, registry)
  }
  const messages = sizes("append_batch_messages", "Messages of the events that went to the log together")
  const appends = sizes("append_batch_appends", "Appends of commands that went to the log together")
  return {
    onConflict: byBoundary("command_conflicts_total", "Appends that failed since an event stream had changed"),
    onRetry: byBoundary("command_retries_total", "Decisions that were repeated after a conflict or an outage"),
    onBatch: (messageCount, appendCount) => {
      messages.updateUnsafe(messageCount, registry)
      appends.updateUnsafe(appendCount, registry)
    }
  }
}
