import { FailPoint } from "#layers/services/FailPoint.ts"

/**
 * Preloaded into the app in runs with faults only. Sets the app's fail points, and accepts orders from the parent process:
 * to die when it next passes a fail point, or to block the event loop for a time.
 */
export type Order = { readonly dieAt: string | null } | { readonly blockFor: number }

let fatalPoint: string | null = null

const onFailPoint = (point: string) => {
  if (point === fatalPoint) process.kill(process.pid, "SIGKILL")
}

// The app reads the reference later for the first time, so it gets this value.
Object.assign(FailPoint, { defaultValue: () => onFailPoint })

const block = (millis: number) => {
  const deadline = performance.now() + millis
  while (performance.now() < deadline);
}

process.on("message", (order: Order) => {
  if ("dieAt" in order) fatalPoint = order.dieAt
  else block(order.blockFor)
})
// The channel to the parent process must not keep the app alive.
process.channel?.unref()
