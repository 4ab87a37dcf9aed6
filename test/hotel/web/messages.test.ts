import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { lending } from "#test/boards/lendingBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { lowContrastTexts } from "#test/web/support/contrast.ts"
import { openBoard } from "./support/web.ts"

describe.skipIf(chromium === undefined)("A message on the wall", () => {
  it.live.each(["light", "dark"] as const)(
    "is a note below its automation, with a panel and an address: %s",
    (colorScheme) =>
      Effect.gen(function* () {
        const { open, url } = yield* openBoard(lending)
        yield* Effect.promise(async () => {
          const { errors, page } = await open("/", { colorScheme })
          await page.waitForSelector(".connection.live")
          assert.deepStrictEqual(await lowContrastTexts(page), [])
          await page.getByRole("button", { name: "ReturnConfirmed book · reader, Message" }).click()
          await page.getByRole("heading", { name: "ReturnConfirmed" }).waitFor()
          await page.getByText("msg.lending.ReturnConfirmed").waitFor()
          await page.locator(".panel").getByRole("button", { name: "confirm-returns" }).click()
          await page.getByText("Robot: an event comes in, a message goes out.").waitFor()
          await page.goto(`${url}/#message/ReturnConfirmed?table`)
          await page.getByRole("heading", { name: "ReturnConfirmed" }).waitFor()
          const row = page.getByRole("row", { name: /^Robot confirms a return/u })
          await row.getByRole("link", { name: "ReturnConfirmed" }).waitFor()
          assert.deepStrictEqual(errors, [])
        })
      }).pipe(Effect.scoped, Effect.provide(runningBoard(lending, memoryBackend))),
    60_000
  )
})
