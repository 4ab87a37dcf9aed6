import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { Effect, Option } from "effect"

/** Where every NATS client looks by itself. */
export const defaultPort = 4222

/** How many ports behind the usual one are tried before any. */
const neighbourCount = 9

const fileOf = (dataDir: string) => join(dataDir, "nats-server.port")

/** The port that the server of a data folder had last. */
export const rememberedPort = (dataDir: string): Option.Option<number> => {
  try {
    const port = Number(readFileSync(fileOf(dataDir), "utf8"))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? Option.some(port) : Option.none()
  } catch {
    return Option.none()
  }
}

/** The next start has the same port again. Without that it has another: no reason not to start. */
export const rememberPort = (dataDir: string, port: number): Effect.Effect<void> =>
  Effect.ignore(Effect.try(() => writeFileSync(fileOf(dataDir), `${port}\n`)))

/** Ports to try in this order: the one of before, the usual one and its neighbours, any (0). */
export const portsToTry = (dataDir: string): ReadonlyArray<number> => {
  const defaultPorts = Array.from({ length: neighbourCount + 1 }, (_, n) => defaultPort + n)
  return [...new Set([...Option.toArray(rememberedPort(dataDir)), ...defaultPorts, 0])]
}

/** Why a port of 127.0.0.1 cannot be listened on; undefined if it can. */
export const portProblem = (port: number): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const probe = createServer()
    probe.once("error", ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === "EADDRINUSE" ? portInUse : code === "EACCES" ? "this user may not listen there" : message
      resume(Effect.succeed(reason))
    })
    probe.listen(port, "127.0.0.1", () => probe.close(() => resume(Effect.undefined)))
  })

export const portInUse = "another program listens there"
