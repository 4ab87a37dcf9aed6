import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { browser, day, pageOpener } from "./support/web.ts"

type Loss = "answer" | "request" | "nothing"

/** A proxy between a browser and the hotel that loses commands or their answers, according to `loses`. */
const losing = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; loses: Loss; readonly ids: Array<string>; stop: () => void }>((resume) => {
      const { hostname, port } = new URL(url)
      const server = createServer((incoming, answer) => {
        const { headers, method, url: path } = incoming
        const isCommand = method === "PUT" && !path!.includes("dryRun")
        if (isCommand) proxy.ids.push(String(headers["idempotency-key"]))
        const loses = isCommand ? proxy.loses : "nothing"
        if (loses === "request") return void incoming.socket.destroy()
        const sent = request({ hostname, port, method, path, headers }, (response) => {
          if (loses === "answer") return void response.resume().on("end", () => incoming.socket.destroy())
          answer.writeHead(response.statusCode!, response.headers)
          response.pipe(answer)
        })
        sent.on("error", () => answer.destroy())
        answer.on("close", () => sent.destroy())
        incoming.pipe(sent)
      })
      const proxy = {
        url: "",
        loses: "nothing" as Loss,
        ids: [] as Array<string>,
        stop: () => void server.close().closeAllConnections()
      }
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed(Object.assign(proxy, { url: `http://127.0.0.1:${port}` })))
      })
    }),
    ({ stop }) => Effect.sync(stop)
  )

const unknown = "It is not known whether this was done"

describe.skipIf(chromium === undefined)("A command whose answer was lost", () => {
  it.live(
    "is sent again with the same id, on each page, also after a reload; another input is another command",
    () =>
      Effect.gen(function* () {
        const app = yield* startApp({ EVENT_LOG: "memory", ROOMS: "1-3" })
        const proxy = yield* losing(app.url)
        const open = pageOpener(yield* browser, proxy.url)
        /** The distinct ids sent since the last call; Chromium by itself repeats a PUT whose connection broke. */
        const sent = () => [...new Set(proxy.ids.splice(0))]
        yield* Effect.promise(async () => {
          const guest = (await open("/guest")).page
          const night = (room: number, state: string) =>
            guest.getByRole("button", { name: new RegExp(`^Room ${room}, .*: ${state}`, "u") }).first()
          const book = () => guest.getByRole("button", { name: "Book", exact: true }).click()
          await night(1, "free").waitFor()
          // The page keeps showing all nights as free, so that it does not learn the outcome from the list.
          const before = await (await fetch(`${app.url}/views/booking?date=${day()}..${day(13)}`)).json()
          await guest.route("**/views/booking?**", (route) => route.fulfill({ json: before }))
          await night(1, "free").click()
          proxy.loses = "answer"
          await book()
          await guest.getByText(unknown).waitFor()
          await guest.reload()
          await guest.getByText(unknown).waitFor()
          proxy.loses = "nothing"
          await book()
          await guest.getByText(/^Room 1 is yours for/u).waitFor()
          const [first, ...more] = sent()
          assert.deepStrictEqual(more, [])
          // The outcome is known: the next press is a new command, which the rule rejects.
          await book()
          await guest.getByText("Room already booked").waitFor()
          await night(2, "free").click()
          assert.strictEqual(await guest.getByText(unknown).count(), 0)
          proxy.loses = "request"
          await book()
          await guest.getByText(unknown).waitFor()
          await night(3, "free").click()
          assert.strictEqual(await guest.getByText(unknown).count(), 0)
          proxy.loses = "nothing"
          await book()
          await guest.getByText(/^Room 3 is yours for/u).waitFor()
          assert.strictEqual(new Set([first, ...sent()]).size, 4)

          // Once the list shows the booking, the outcome is known.
          await night(1, "free").click()
          proxy.loses = "answer"
          await book()
          await guest.getByText(unknown).waitFor()
          await guest.unroute("**/views/booking?**")
          await guest.getByText("You have booked this night.").waitFor()
          await guest.getByText(unknown).waitFor({ state: "detached" })
          proxy.loses = "nothing"
          sent()

          const manager = (await open("/manager")).page
          const clean = manager.getByRole("button", { name: "Room 1 is clean" })
          await clean.waitFor()
          proxy.loses = "request"
          await clean.click()
          await manager.getByText(unknown).waitFor()
          await manager.reload()
          await manager.getByText(unknown).waitFor()
          proxy.loses = "nothing"
          await clean.click()
          await manager.getByText("clean ✓").waitFor()
          assert.lengthOf(sent(), 1)

          const wall = (await open("/")).page
          const fill = async (date: string) => {
            await wall.locator('[data-id="command/BookRoom/2"]').click()
            await wall.getByLabel("room.id").fill("3")
            await wall.getByLabel("date", { exact: true }).fill(date)
          }
          const send = () => wall.getByRole("button", { name: "send" }).click()
          await fill(day(5))
          proxy.loses = "answer"
          await send()
          await wall.getByText(unknown).waitFor()
          await wall.reload()
          proxy.loses = "nothing"
          await fill(day(5))
          await wall.getByText(unknown).waitFor()
          await send()
          await wall.getByText("Done:").waitFor()
          await fill(day(6))
          await send()
          await wall.getByText("Done:").waitFor()
          assert.lengthOf(sent(), 2)
        })
      }).pipe(Effect.scoped),
    120_000
  )
})
