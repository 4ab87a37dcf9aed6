import { Clock, Console, Effect, Fiber, Schedule } from "effect"
import { credentialsFile } from "#layers/nats/connection/credentialsFile.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"

/** A step that takes longer says what it waits for: after so long, and then every so often. */
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
 * Does one step of the start, and says what it was and how long it took: `✓ 84 ms  nats-server 2.15.1 …`. One that takes
 * longer than 3 s says meanwhile what is waited for.
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

/** Says, every now and then, what is waited for. */
export const withWaitingLog = Effect.fnUntraced(function* <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) {
  const logFiber = yield* Effect.forkChild(logWaitingPeriodically(what, yield* Clock.currentTimeNanos))
  return yield* Effect.ensuring(effect, Fiber.interrupt(logFiber))
})

/** Where things are: a name and an address a line. */
export const logAddresses = (addressesByName: Readonly<Record<string, string>>) => {
  const width = Math.max(...Object.keys(addressesByName).map((name) => name.length))
  const lines = Object.entries(addressesByName).map(([name, address]) => `  ${name.padEnd(width)}  ${address}`)
  return Console.log(["", ...lines, "", "Ctrl-C to stop"].join("\n"))
}

const shellQuote = (argument: string) => (/^[\w./@:,-]+$/u.test(argument) ? argument : `"${argument}"`)

/**
 * What the `nats` CLI is to be called with on the app's own server: to look, and with the app's rights. The file holds the
 * password, which is printed nowhere.
 */
export const embeddedCliHint = (url: string, dataDir: string): string => {
  const file = credentialsFile(dataDir)
  // The CLI takes a name without a slash for one of its own contexts.
  const path = /[/\\]/u.test(file) ? file : `./${file}`
  return `nats --server ${url} looks only; with the app's rights: nats --context ${shellQuote(path)}`
}

/** The same on a server that was named. The CLI knows the settings that the app has its credentials from. */
export const cliHint = ({ credentials, servers, tls }: ServerAddress): string =>
  `nats --server ${shellQuote(servers)}${credentials || tls ? ", with the same credentials" : ""}`
