import { FailPoint } from "#layers/services/FailPoint.ts"

/**
 * Loaded by Node before the app, in runs with faults only. Puts something into the app's fail points, and takes orders
 * from the process that started it: to die at the next pass of a point, or to do nothing else for a while.
 */
export type Order = { readonly dieAt: string | null } | { readonly blockFor: number }

let fatalPoint: string | null = null

const onFailPoint = (point: string) => {
  if (point === fatalPoint) process.kill(process.pid, "SIGKILL")
}

// The app reads the reference for the first time later, so this is what it finds.
Object.assign(FailPoint, { defaultValue: () => onFailPoint })

const block = (millis: number) => {
  const deadline = performance.now() + millis
  while (performance.now() < deadline);
}

process.on("message", (order: Order) => {
  if ("dieAt" in order) fatalPoint = order.dieAt
  else block(order.blockFor)
})
// Whoever gives orders must not keep the app alive.
process.channel?.unref()
