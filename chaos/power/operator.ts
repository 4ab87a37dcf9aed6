import { execFile } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { App } from "../apps.ts"
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
    execFile(process.execPath, ["src/app/tools/logTool.ts", ...words], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ isDone: error === null, said: `${stdout}${stderr}`.trim() })
    )
  })

/** Asks until no app is as it should not be, for `notice` at the most; the names of those that still are. */
const notYet = async ({ apps }: World, isRight: (app: App) => Promise<boolean>): Promise<ReadonlyArray<string>> => {
  const until = performance.now() + notice
  for (;;) {
    const wrong = await Promise.all(apps.map(async (app) => ((await isRight(app)) ? [] : [app.name])))
    if (wrong.flat().length === 0 || performance.now() > until) return wrong.flat()
    await setTimeout(200)
  }
}

/** Ends all apps, as before any work on the log, and starts them again afterwards. */
const whileStopped = async <A>({ apps, history }: World, work: () => Promise<A>): Promise<A> => {
  await Promise.all(
    apps.map(async (app) => {
      app.held = true
      const t = history.now()
      await app.process.end("SIGTERM")
      history.write({ type: "app", app: app.name, what: "leaving", t, until: history.now() })
    })
  )
  const done = await work()
  apps.forEach((app) => (app.held = false))
  return done
}

/** Asks until there is an answer: a cluster that was just put together may not know yet who leads. */
const check = async (world: World): Promise<Ran> => {
  for (const until = performance.now() + notice; ;) {
    const checked = await logTool(world, "check")
    const isAnswer = checked.isDone || checked.said.includes("The log is not whole")
    if (isAnswer || performance.now() > until) return checked
  }
}

/** What `check` says is wrong. */
const damageIn = ({ said }: Ran): string =>
  said
    .split("\n")
    .flatMap((line) => /^ {2}· (?:damage|missing): (.*)/u.exec(line)?.[1] ?? [])
    .join("; ")

export interface Repair {
  /** What was done, or that there was nothing to do. */
  readonly done: string
  /** What went wrong on the way; each is a violation. */
  readonly wrong: ReadonlyArray<string>
}

/**
 * Does what docs/operations.md tells an operator to do about a damaged log: stop the apps, rebuild the log from its copies,
 * and accept it as far as it goes where copies are missing too. Checks that no app serves the damaged log before. Apps that
 * have seen more than anything on the servers knows of are started again.
 */
export const repair = async (world: World, millis: number): Promise<Repair> => {
  await Promise.all(world.servers.nodes.map((node) => isWell(node, millis)))
  const checked = await check(world)
  if (checked.isDone) {
    const unready = await notYet(world, (app) => app.isReady())
    if (unready.length === 0) return { done: "the log was whole", wrong: [] }
    await whileStopped(world, async () => {})
    return {
      done: `the log was whole as far as the servers know; apps ${unready.join(", ")} were started again`,
      wrong: []
    }
  }
  const unaware = await notYet(world, async (app) => !(await app.isReady()))
  const wrong = unaware.map((name) => `app ${name} is ready on a damaged log`)
  return whileStopped(world, async () => {
    const rebuilt = await logTool(world, "rebuild", "--yes")
    const accepted = rebuilt.isDone ? undefined : await logTool(world, "accept", "--yes")
    const done = `the log was damaged (${damageIn(checked) || checked.said})`
    if (accepted?.isDone === false) return { done, wrong: [...wrong, rebuilt.said, accepted.said] }
    return { done: `${done}, and ${accepted ? "accepted as far as it went" : "rebuilt from its copies"}`, wrong }
  })
}
