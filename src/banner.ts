import { Clock, Console, Effect } from "effect"

/** Does one step of the start, and says what it was and how long it took: `✓ 84 ms  nats-server 2.15.1 …`. */
export const step = Effect.fnUntraced(function* <A, E, R>(
  done: string | ((value: A) => string),
  effect: Effect.Effect<A, E, R>
) {
  const begin = yield* Clock.currentTimeNanos
  const value = yield* effect
  const millis = Number(((yield* Clock.currentTimeNanos) - begin) / 1_000_000n)
  yield* Console.log(`  ✓ ${`${millis} ms`.padStart(8)}  ${typeof done === "string" ? done : done(value)}`)
  return value
})

/** Where things are: a name and an address a line. */
export const addresses = (places: Readonly<Record<string, string>>) => {
  const width = Math.max(...Object.keys(places).map((name) => name.length))
  const lines = Object.entries(places).map(([name, address]) => `  ${name.padEnd(width)}  ${address}`)
  return Console.log(["", ...lines, "", "Ctrl-C to stop"].join("\n"))
}
