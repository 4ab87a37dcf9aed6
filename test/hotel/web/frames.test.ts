import { assert, describe, layer } from "@effect/vitest"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

/** `npm run frames` measures longer than the test. */
const seconds = process.env["npm_lifecycle_event"] === "frames" ? 30 : 8
/** A booking is two events: the bot processes each. */
const bookingsASecond = 110
const tickMillis = 50

const count = `new Promise((resolve) => {
  const began = performance.now()
  let frames = 0
  const frame = (now) => {
    frames++
    if (now - began < ${seconds * 1_000}) requestAnimationFrame(frame)
    else resolve((frames * 1000) / (now - began))
  }
  requestAnimationFrame(frame)
})`

describe.skipIf(chromium === undefined)("200 events a second", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-200", LOG_LEVEL: "none" }), { excludeTestServices: true })(
    "on the wall",
    (it) => {
      it.effect(
        "leave more than 30 frames a second",
        () =>
          visit(async ({ app, open, put }) => {
            const { page, errors } = await open("/")
            await page.waitForSelector(".connection.live")
            let booked = 0
            const timer = setInterval(() => {
              for (let n = 0; n < (bookingsASecond * tickMillis) / 1_000; n++, booked++) {
                void put("/mutation/book-room", {
                  room: { id: 1 + (booked % 200) },
                  client: { id: 1 },
                  date: day(Math.floor(booked / 200))
                })
              }
            }, tickMillis)
            const before = await position(app.url)
            const frames = (await page.evaluate(count)) as number
            const eventsASecond = ((await position(app.url)) - before) / seconds
            clearInterval(timer)
            console.log(`${frames.toFixed(1)} frames a second, at ${eventsASecond.toFixed(0)} events a second`)
            assert.isAbove(eventsASecond, 150)
            assert.isAbove(frames, 30)
            assert.deepStrictEqual(errors, [])
          }),
        // Other processes may use the machine.
        { timeout: 60_000, retry: 2 }
      )
    }
  )
})

const position = async (url: string) =>
  ((await (await fetch(`${url}/operations`)).json()) as { readonly position: number }).position
