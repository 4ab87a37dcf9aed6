import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { setTimeout } from "node:timers/promises"
import type { World } from "../faults/Fault.ts"
import { isWell } from "../servers.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Milliseconds in which an app notices a damaged log: it compares at each start and every ten seconds. */
const notice = 30_000

interface Ran {
  readonly isDone: boolean
  readonly said: string
}

/** Runs `npm run log -- <words>` as an operator would. */
const logTool = ({ servers }: World, ...words: ReadonlyArray<string>): Promise<Ran> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      NATS_URL: servers.nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(","),
      NATS_REPLICAS: String(servers.nodes.length)
    }
    execFile(process.execPath, ["src/logTool.ts", ...words], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ isDone: error === null, said: `${stdout}${stderr}`.trim() })
    )
  })

/** The apps that still say they are ready, after the time in which they must notice the damage. */
const unaware = async ({ apps }: World): Promise<ReadonlyArray<string>> => {
  const until = performance.now() + notice
  for (;;) {
    const ready = await Promise.all(apps.map(async (app) => ((await app.isReady()) ? [app.name] : [])))
    if (ready.flat().length === 0 || performance.now() > until) return ready.flat()
    await setTimeout(200)
  }
}

export interface Repair {
  /** What was done, or that there was nothing to do. */
  readonly done: string
  /** What went wrong on the way; each is a violation. */
  readonly wrong: ReadonlyArray<string>
}

/**
 * Does what docs/operations.md tells an operator to do about a damaged log: stop the apps, rebuild the log from its copies,
 * and accept it as far as it goes where copies are missing too. Checks that no app serves the damaged log before.
 */
export const repair = async (world: World, millis: number): Promise<Repair> => {
  await Promise.all(world.servers.nodes.map((node) => isWell(node, millis)))
  if ((await logTool(world, "check")).isDone) return { done: "the log was whole", wrong: [] }
  const wrong = (await unaware(world)).map((name) => `app ${name} is ready on a damaged log`)
  world.apps.forEach((app) => (app.held = true))
  await Promise.all(world.apps.map((app) => app.process.end("SIGTERM")))
  const rebuilt = await logTool(world, "rebuild", "--yes")
  const accepted = rebuilt.isDone ? undefined : await logTool(world, "accept", "--yes")
  world.apps.forEach((app) => (app.held = false))
  if (accepted?.isDone === false) return { done: "the log was damaged", wrong: [...wrong, rebuilt.said, accepted.said] }
  return {
    done: `the log was damaged, and ${accepted ? "accepted as far as it went" : "rebuilt from its copies"}`,
    wrong
  }
}
