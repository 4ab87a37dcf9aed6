import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { Deferred, Effect, type Scope } from "effect"
import { openAlivePipe } from "#nats-server/data-folder/alivePipe.ts"
import { startServerGuard } from "./serverGuard.ts"

/** A nats-server process. `log` is the path of its log file; `ended` succeeds with how it ended. */
export interface ServerProcess {
  readonly child: ChildProcess
  readonly log: string
  readonly ended: Deferred.Deferred<string>
  /** Whether it is ready: its shutdown timeout is 10 s from then on, and 1 s before. */
  ready: boolean
}

/** On shutdown the server writes an index of its subjects; if it is killed before, its next start reads the whole log. */
const shutdownTimeouts = { started: "10 seconds", starting: "1 second" } as const

/**
 * Runs a nats-server with a configuration file, in a process group of its own, until the scope closes: SIGTERM, then
 * SIGKILL after 10 s. A guard ends it if this process is killed. It logs to `nats-server.log` in `folder`; the log of the run
 * before is kept as `nats-server.log.1`. `environment` adds values for the configuration's variables to those of this process.
 */
export const spawnServer = (
  binary: string,
  folder: string,
  config: string,
  environment: Readonly<Record<string, string>> = {}
): Effect.Effect<ServerProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const log = join(folder, "nats-server.log")
      if (fs.existsSync(log)) fs.renameSync(log, `${log}.1`)
      const output = fs.openSync(log, "a")
      const alivePipe = openAlivePipe(folder)
      const child = spawn(binary, ["-c", config], {
        env: { ...process.env, ...environment },
        stdio: [alivePipe ?? "ignore", output, output],
        detached: true,
        windowsHide: true
      })
      fs.closeSync(output)
      if (alivePipe !== undefined) fs.closeSync(alivePipe)
      const unguard = child.pid === undefined ? () => {} : startServerGuard(child.pid)
      const ended = Deferred.makeUnsafe<string>()
      const end = (how: string) => {
        unguard()
        Deferred.doneUnsafe(ended, Effect.succeed(how))
      }
      child.once("error", (error) => end(`it cannot be run: ${error.message}`))
      child.once("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
      const endWithApp = () => child.kill("SIGTERM")
      process.once("exit", endWithApp)
      return { child, log, ended, endWithApp, ready: false }
    }),
    ({ child, ended, endWithApp, ready }) =>
      Effect.gen(function* () {
        process.removeListener("exit", endWithApp)
        child.kill("SIGTERM")
        yield* Deferred.await(ended).pipe(
          Effect.timeoutOrElse({
            duration: ready ? shutdownTimeouts.started : shutdownTimeouts.starting,
            orElse: () => Effect.sync(() => child.kill("SIGKILL"))
          })
        )
        yield* Deferred.await(ended)
      })
  )
