import { execFile } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { App } from "../apps.ts"
import type { World } from "../faults/Fault.ts"
import { waitUntilHealthy } from "../servers.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The time in which an app notices a damaged log: it checks at each start and every 10 s. */
const noticeTimeoutMillis = 30_000

interface ToolResult {
  readonly succeeded: boolean
  readonly output: string
}

/** Runs `npm run log -- <args>` as an operator would. */
const runLogTool = ({ servers }: World, ...args: ReadonlyArray<string>): Promise<ToolResult> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      NATS_URL: servers.nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(","),
      NATS_REPLICAS: String(servers.nodes.length)
    }
    execFile(process.execPath, ["src/app/tools/logTool.ts", ...args], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ succeeded: error === null, output: `${stdout}${stderr}`.trim() })
    )
  })

/** Polls until all apps are in the expected state, at most for `noticeTimeoutMillis`; the names of the apps that are not. */
const waitForApps = async (
  { apps }: World,
  isExpected: (app: App) => Promise<boolean>
): Promise<ReadonlyArray<string>> => {
  const deadline = performance.now() + noticeTimeoutMillis
  for (;;) {
    const failing = await Promise.all(apps.map(async (app) => ((await isExpected(app)) ? [] : [app.name])))
    if (failing.flat().length === 0 || performance.now() > deadline) return failing.flat()
    await setTimeout(200)
  }
}

/** Ends all apps, as any work on the log requires, and restarts them afterwards. */
const withAppsStopped = async <A>({ apps, history }: World, work: () => Promise<A>): Promise<A> => {
  await Promise.all(
    apps.map(async (app) => {
      app.isStopped = true
      const t = history.now()
      await app.process.end("SIGTERM")
      history.write({ type: "app", app: app.name, what: "leaving", t, until: history.now() })
    })
  )
  const result = await work()
  apps.forEach((app) => (app.isStopped = false))
  return result
}

/** Retries until there is an answer: a new cluster may not have a leader yet. */
const checkLog = async (world: World): Promise<ToolResult> => {
  for (const deadline = performance.now() + noticeTimeoutMillis; ;) {
    const checked = await runLogTool(world, "check")
    const isAnswer = checked.succeeded || checked.output.includes("The log is not whole")
    if (isAnswer || performance.now() > deadline) return checked
  }
}

/** The damage that `check` reports. */
const damageIn = ({ output }: ToolResult): string =>
  output
    .split("\n")
    .flatMap((line) => /^ {2}· (?:damage|missing): (.*)/u.exec(line)?.[1] ?? [])
    .join("; ")

export interface Repair {
  /** What was done, or that no repair was needed. */
  readonly summary: string
  /** Problems during the repair; each is a violation. */
  readonly problems: ReadonlyArray<string>
}

/**
 * Repairs a damaged log as docs/operations.md says: stops the apps, rebuilds the log from its copies, and accepts the
 * remaining log where copies are missing too. Checks before that no app serves the damaged log. Apps that have seen later
 * positions than the servers have are restarted.
 */
export const repair = async (world: World, millis: number): Promise<Repair> => {
  await Promise.all(world.servers.nodes.map((node) => waitUntilHealthy(node, millis)))
  const checked = await checkLog(world)
  if (checked.succeeded) {
    const unready = await waitForApps(world, (app) => app.isReady())
    if (unready.length === 0) return { summary: "the log was whole", problems: [] }
    await withAppsStopped(world, async () => {})
    return {
      summary: `the log was whole according to the servers; apps ${unready.join(", ")} were restarted`,
      problems: []
    }
  }
  const unaware = await waitForApps(world, async (app) => !(await app.isReady()))
  const problems = unaware.map((name) => `app ${name} is ready on a damaged log`)
  return withAppsStopped(world, async () => {
    const rebuilt = await runLogTool(world, "rebuild", "--yes")
    const accepted = rebuilt.succeeded ? undefined : await runLogTool(world, "accept", "--yes")
    const summary = `the log was damaged (${damageIn(checked) || checked.output})`
    if (accepted?.succeeded === false) return { summary, problems: [...problems, rebuilt.output, accepted.output] }
    return {
      summary: `${summary}, and ${accepted ? "accepted as it was" : "rebuilt from its copies"}`,
      problems
    }
  })
}
