import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { Effect, Option } from "effect"

/** The default port of NATS clients. */
export const defaultPort = 4222

/** The number of ports behind the default one that are tried before any free port. */
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

/** Records the port for the next start. A failure is ignored: the next start may then use another port. */
export const rememberPort = (dataDir: string, port: number): Effect.Effect<void> =>
  Effect.ignore(Effect.try(() => writeFileSync(fileOf(dataDir), `${port}\n`)))

/** Ports to try in this order: the last one, the default one and its neighbours, any free port (0). */
export const portsToTry = (dataDir: string): ReadonlyArray<number> => {
  const defaultPorts = Array.from({ length: neighbourCount + 1 }, (_, n) => defaultPort + n)
  return [...new Set([...Option.toArray(rememberedPort(dataDir)), ...defaultPorts, 0])]
}

/** Why the server cannot listen on a port of 127.0.0.1; `undefined` if it can. */
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
