import { Clock, Console, Effect, Fiber, Schedule } from "effect"
import { credentialsFile } from "#layers/nats/connection/credentialsFile.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"

/** A step that takes longer prints what it waits for: first after 3 s, then every 15 s. */
const firstNoticeAfter = "3 seconds"
const noticeInterval = "15 seconds"

const logWaitingPeriodically = (what: string, begin: bigint) => {
  const logWaiting = Effect.flatMap(Clock.currentTimeNanos, (now) =>
    Console.log(`  · ${`${(now - begin) / 1_000_000_000n} s`.padStart(8)}  waiting for ${what}`)
  )
  return Effect.andThen(
    Effect.delay(logWaiting, firstNoticeAfter),
    Effect.repeat(Effect.delay(logWaiting, noticeInterval), Schedule.forever)
  )
}

/**
 * Runs one step of the start, and prints its name and duration: `✓ 84 ms  nats-server 2.15.1 …`. A step that takes longer
 * than 3 s prints meanwhile what it waits for.
 */
export const step = Effect.fnUntraced(function* <A, E, R>(
  doneMessage: string | ((value: A) => string),
  waitingFor: string,
  effect: Effect.Effect<A, E, R>
) {
  const begin = yield* Clock.currentTimeNanos
  const value = yield* withWaitingLog(waitingFor, effect)
  const millis = Number(((yield* Clock.currentTimeNanos) - begin) / 1_000_000n)
  yield* Console.log(
    `  ✓ ${`${millis} ms`.padStart(8)}  ${typeof doneMessage === "string" ? doneMessage : doneMessage(value)}`
  )
  return value
})

/** Prints every now and then, while the effect runs, that it waits for `what`. */
export const withWaitingLog = Effect.fnUntraced(function* <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) {
  const logFiber = yield* Effect.forkChild(logWaitingPeriodically(what, yield* Clock.currentTimeNanos))
  return yield* Effect.ensuring(effect, Fiber.interrupt(logFiber))
})

/** Prints a line for each name and its address. */
export const logAddresses = (addressesByName: Readonly<Record<string, string>>) => {
  const width = Math.max(...Object.keys(addressesByName).map((name) => name.length))
  const lines = Object.entries(addressesByName).map(([name, address]) => `  ${name.padEnd(width)}  ${address}`)
  return Console.log(["", ...lines, "", "Ctrl-C to stop"].join("\n"))
}

const shellQuote = (argument: string) => (/^[\w./@:,-]+$/u.test(argument) ? argument : `"${argument}"`)

/**
 * How to call the `nats` CLI on the app's own server: read-only, and with the app's rights. The file holds the password,
 * which is printed nowhere.
 */
export const embeddedCliHint = (url: string, dataDir: string): string => {
  const file = credentialsFile(dataDir)
  // The CLI reads a name without a slash as one of its own contexts.
  const path = /[/\\]/u.test(file) ? file : `./${file}`
  return `nats --server ${url} is read-only; with the app's rights: nats --context ${shellQuote(path)}`
}

/** The same for the server of NATS_URL. The CLI reads the credentials from the same settings as the app. */
export const cliHint = ({ credentials, servers, tls }: ServerAddress): string =>
  `nats --server ${shellQuote(servers)}${credentials || tls ? ", with the same credentials" : ""}`
