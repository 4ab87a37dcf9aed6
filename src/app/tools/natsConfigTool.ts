import { join, relative } from "node:path"
import { Console, Data, Effect } from "effect"
import { argumentsOf, BadUsage, run } from "#app/program.ts"
import { requireValidBoard } from "#app/requireValidBoard.ts"
import { chosenApp } from "#app/settings.ts"
import { accountsOptions, readAccountsOptions } from "#app/tools/accountsOptions.ts"
import { BadKeyFile } from "#nats-server/accounts/userKeys.ts"
import { FolderNotEmpty, writeAccounts } from "#nats-server/accounts/writeAccounts.ts"

const usage = `Usage: npm run nats-config -- --hotels <name>,<name> [options]

Writes a configuration of nats-server with an account for each hotel, derived from the board, and the keys of its users.
See docs/accounts.md.

  --hotels <names>            letters, digits and hyphens, separated by commas
  --out <folder>              nats-accounts by default
  --force                     writes the configuration of that folder again; keys and test certificates are kept
  --listen <host:port>        127.0.0.1:4222 by default; another host than loopback needs TLS
  --host <name>               the host name that clients use; that of --listen by default
  --store-dir <folder>        the server's store; jetstream in the folder by default
  --tls-cert, --tls-key <file>   the server's certificate and key, as PEM files
  --tls-ca <file>             the authority that signed it, for the clients' settings
  --test-certificates         makes an authority and a certificate, for tests
  --websocket <host:port>     listens for browsers
  --allowed-origins <list>    origins of their pages, such as https://hotel.example
  --browser-views <names>     the views that browsers may read; all by default
  --browser-sessions          an auth_callout block, with keys of an issuer and of the user who answers
  --replicas <n>              1, 3 or 5: the NATS_REPLICAS of the apps
  --max-store <size>          for each hotel, such as 64GiB; by default what its streams may hold
  --max-connections <n>       of a hotel's app and operators, 100 by default
  --max-browsers <n>          connections of a hotel's browsers, 1000 by default`

/** The folder cannot be written. */
class FolderUnusable extends Data.TaggedError("FolderUnusable")<{ readonly folder: string; readonly reason: string }> {
  override get message() {
    return `${this.folder} cannot be written: ${this.reason}. Name another folder with --out.`
  }
}

const isErrno = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error && "syscall" in error

const main = Effect.gen(function* () {
  const { values } = yield* argumentsOf(usage, { options: accountsOptions })
  const { board } = yield* chosenApp
  yield* requireValidBoard(board)
  const output = yield* Effect.try({
    try: () => readAccountsOptions(board, values),
    catch: (error) => new BadUsage({ reason: (error as Error).message, usage })
  })
  yield* Effect.suspend((): Effect.Effect<void, FolderNotEmpty | BadKeyFile | FolderUnusable> => {
    try {
      return Effect.succeed(writeAccounts(output))
    } catch (error) {
      if (error instanceof FolderNotEmpty || error instanceof BadKeyFile) return Effect.fail(error)
      if (isErrno(error)) return Effect.fail(new FolderUnusable({ folder: output.folder, reason: error.message }))
      throw error
    }
  })
  const folder = relative("", output.folder) || "."
  const [hotel] = output.hotels
  yield* Console.log(
    [
      `${join(folder, "nats.conf")} has the accounts of ${output.hotels.join(", ")}. Next:`,
      "",
      `  nats-server -c ${join(folder, "nats.conf")}`,
      `  (set -a; . ${join(folder, "hotels", hotel!, "operations.env")}; npm run provision)`,
      `  (set -a; . ${join(folder, "hotels", hotel!, "service.env")}; npm start)`,
      "",
      "Files that end in .nk hold the seeds of the users' keys: hand each to its user only."
    ].join("\n")
  )
})

run({ usage, main, onClosedOutput: "finish" })
