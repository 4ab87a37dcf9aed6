import { Clock, Console, Effect, Fiber, Schedule } from "effect"
import { credentialsFile } from "#layers/nats/connection/credentialsFile.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"

/** A step that takes longer says what it waits for: after so long, and then every so often. */
const firstWord = "3 seconds"
const laterWords = "15 seconds"

const saysWhatItWaitsFor = (what: string, begin: bigint) => {
  const say = Effect.flatMap(Clock.currentTimeNanos, (now) =>
    Console.log(`  · ${`${(now - begin) / 1_000_000_000n} s`.padStart(8)}  waiting for ${what}`)
  )
  return Effect.andThen(Effect.delay(say, firstWord), Effect.repeat(Effect.delay(say, laterWords), Schedule.forever))
}

/**
 * Does one step of the start, and says what it was and how long it took: `✓ 84 ms  nats-server 2.15.1 …`. One that takes
 * longer than 3 s says meanwhile what is waited for.
 */
export const step = Effect.fnUntraced(function* <A, E, R>(
  done: string | ((value: A) => string),
  waitsFor: string,
  effect: Effect.Effect<A, E, R>
) {
  const begin = yield* Clock.currentTimeNanos
  const value = yield* waitingAloud(waitsFor, effect)
  const millis = Number(((yield* Clock.currentTimeNanos) - begin) / 1_000_000n)
  yield* Console.log(`  ✓ ${`${millis} ms`.padStart(8)}  ${typeof done === "string" ? done : done(value)}`)
  return value
})

/** Says, every now and then, what is waited for. */
export const waitingAloud = Effect.fnUntraced(function* <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) {
  const aloud = yield* Effect.forkChild(saysWhatItWaitsFor(what, yield* Clock.currentTimeNanos))
  return yield* Effect.ensuring(effect, Fiber.interrupt(aloud))
})

/** Where things are: a name and an address a line. */
export const addresses = (places: Readonly<Record<string, string>>) => {
  const width = Math.max(...Object.keys(places).map((name) => name.length))
  const lines = Object.entries(places).map(([name, address]) => `  ${name.padEnd(width)}  ${address}`)
  return Console.log(["", ...lines, "", "Ctrl-C to stop"].join("\n"))
}

const quoted = (argument: string) => (/^[\w./@:,-]+$/u.test(argument) ? argument : `"${argument}"`)

/**
 * What the `nats` CLI is to be called with on the app's own server: to look, and with the app's rights. The file holds the
 * password, which is printed nowhere.
 */
export const cliOnOwn = (url: string, dataDir: string): string => {
  const file = credentialsFile(dataDir)
  // The CLI takes a name without a slash for one of its own contexts.
  const path = /[/\\]/u.test(file) ? file : `./${file}`
  return `nats --server ${url} looks only; with the app's rights: nats --context ${quoted(path)}`
}

/** The same on a server that was named. The CLI knows the settings that the app has its credentials from. */
export const cliOn = ({ credentials, servers, tls }: ServerAddress): string =>
  `nats --server ${quoted(servers)}${credentials || tls ? ", with the same credentials" : ""}`
