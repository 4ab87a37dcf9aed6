import { assert, it } from "@effect/vitest"
import { Duration, Effect, Schedule } from "effect"
import { type App, startApp } from "#test/support/startApp.ts"
import { testServer } from "#test/support/testServer.ts"

const put = ({ url }: App, path: string, data: object) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json" }
    const answer = await fetch(`${url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
    return { status: answer.status, body: (await answer.json()) as { readonly seq: number } }
  })

/** The cleaning schedule of a date, once it is not empty. */
const scheduled = ({ url }: App, date: string) =>
  Effect.promise(
    async () => (await fetch(`${url}/cleanup-schedule/${date}`)).json() as Promise<{ rooms?: Array<object> }>
  ).pipe(
    Effect.repeat({
      until: ({ rooms }) => (rooms?.length ?? 0) > 0,
      schedule: Schedule.spaced("20 millis")
    })
  )

const frozen = (app: App) =>
  Effect.acquireRelease(
    Effect.sync(() => process.kill(-app.pid, "SIGSTOP")),
    () => Effect.sync(() => process.kill(-app.pid, "SIGCONT"))
  )

it.live(
  "if one of two apps freezes, the other does all of the work within 10 s",
  () =>
    Effect.gen(function* () {
      const { url } = yield* testServer()
      const settings = { NATS_URL: url, LOG_LEVEL: "warn" }
      const a = yield* startApp(settings)
      const b = yield* startApp(settings)
      yield* put(a, "/mutation/add-room", { room: { id: 1 } })
      for (const [n, [stopped, other]] of [
        [a, b],
        [b, a],
        [a, b]
      ].entries() as IterableIterator<[number, [App, App]]>) {
        const date = `2022-12-1${n}`
        yield* Effect.gen(function* () {
          yield* frozen(stopped)
          const [spent] = yield* Effect.timed(
            Effect.gen(function* () {
              const { status } = yield* put(other, "/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date })
              assert.strictEqual(status, 201)
              yield* scheduled(other, date)
            })
          )
          assert.isBelow(Duration.toMillis(spent), 10_000)
        }).pipe(Effect.scoped)
      }
    }).pipe(Effect.scoped),
  90_000
)
