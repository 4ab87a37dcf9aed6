import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Node } from "../servers.ts"
import type { Disk } from "./disk.ts"

export interface Machine {
  readonly node: Node
  readonly disk: Disk
}

/** A fault of machines, not of processes. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly nodes: 1 | 3
  /** The `sync_interval` of nats-server. */
  readonly sync: string
  /** Whether acknowledged events may be missing afterwards, because there is no guarantee for this scenario. */
  readonly mayLoseEvents: boolean
  readonly run: (machines: ReadonlyArray<Machine>) => Promise<void>
}

const freeze = (machines: ReadonlyArray<Machine>) => machines.forEach(({ node }) => node.process.signal("SIGSTOP"))

/** All these machines lose power at the same time, and are restarted. */
const losePower = async (machines: ReadonlyArray<Machine>) => {
  freeze(machines)
  for (const { disk, node } of machines) await disk.losePower(() => node.process.end("SIGKILL"))
  for (const { node } of machines) node.process.start()
}

const blocksOf = ({ node }: Machine, stream: string): ReadonlyArray<string> => {
  const folder = join(node.store, "jetstream", "$G", "streams", stream, "msgs")
  return readdirSync(folder)
    .filter((name) => name.endsWith(".blk"))
    .map((name) => join(folder, name))
}

/** Flips bits in the log's files on one machine while its server is down. */
const corrupt = async ([machine]: ReadonlyArray<Machine>) => {
  const { node } = machine!
  await node.process.end("SIGTERM")
  for (const file of blocksOf(machine!, "hotel")) {
    const bytes = readFileSync(file)
    for (let at = statSync(file).size >> 2; at < bytes.length; at += 100_003) bytes[at] = bytes[at]! ^ 0xff
    writeFileSync(file, bytes)
  }
  node.process.start()
}

export const scenarios: ReadonlyArray<Scenario> = [
  {
    name: "power-lost-synced",
    title: "one node, which syncs each write, loses power",
    nodes: 1,
    sync: "always",
    mayLoseEvents: false,
    run: losePower
  },
  {
    name: "power-lost-unsynced",
    title: "one node, which syncs every two minutes, loses power",
    nodes: 1,
    sync: "2m",
    mayLoseEvents: true,
    run: losePower
  },
  {
    name: "power-lost-everywhere",
    title: "all three nodes, which sync each write, lose power at once",
    nodes: 3,
    sync: "always",
    mayLoseEvents: false,
    run: losePower
  },
  {
    name: "power-lost-by-one",
    title: "one of three nodes, which sync each write, loses power",
    nodes: 3,
    sync: "always",
    mayLoseEvents: false,
    run: (machines) => losePower(machines.slice(0, 1))
  },
  {
    name: "files-corrupted",
    title: "bits of the log's files flip on one of three nodes while it is down",
    nodes: 3,
    sync: "always",
    mayLoseEvents: true,
    run: corrupt
  },
  {
    name: "files-corrupted-alone",
    title: "bits of the log's files flip on the only node while it is down",
    nodes: 1,
    sync: "always",
    mayLoseEvents: true,
    run: corrupt
  }
]
