import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Effect } from "effect"
import { NotInstalled } from "../../runMeasure.ts"
import type { Booking } from "../nights.ts"

/** The hotel's decider on a peer. */
export interface Peer {
  readonly addRoom: (room: { readonly id: number }) => Promise<void>
  readonly book: (booking: Booking) => Promise<number>
  readonly close: () => Promise<void>
}

interface Emmett {
  readonly inMemory: () => Peer
  readonly onPostgres: (connectionString: string) => Peer
}

const peersFolder = new URL("./", import.meta.url)

const versionOf = (name: string): string => {
  const manifest = new URL(`node_modules/@event-driven-io/${name}/package.json`, peersFolder)
  return `${name} ${(JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version}`
}

/** Emmett, which npm installs into this folder on first use, so that the project does not depend on it. */
export const emmett = Effect.tryPromise({
  try: async () => {
    if (!existsSync(new URL("node_modules/@event-driven-io/emmett-postgresql/package.json", peersFolder))) {
      const npm = process.platform === "win32" ? "npm.cmd" : "npm"
      const args = ["ci", "--no-audit", "--no-fund", "--prefix", fileURLToPath(peersFolder)]
      await promisify(execFile)(npm, args, { timeout: 120_000 })
    }
    const module = (await import(new URL("emmett.mjs", peersFolder).href)) as Emmett
    return { ...module, version: `${versionOf("emmett")}, ${versionOf("emmett-postgresql")}` }
  },
  catch: (error) => new NotInstalled({ reason: `Emmett (${String(error).split("\n")[0]})` })
})
