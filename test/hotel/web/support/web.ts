import { Context, Effect, Layer } from "effect"
import { chromium as playwright, type Browser, type BrowserContextOptions, type Page } from "playwright-core"
import { buildProjectPages, projectHttpOptions } from "#app/projectFiles.ts"
import type { Board } from "#domain/model/index.ts"
import { app as hotelApp } from "#features/hotel-booking/app.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { type App, startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { chromium, flags } from "#test/web/support/chromium.ts"

/** An open page and its errors. */
export interface OpenPage {
  readonly page: Page
  /** Errors on its console, uncaught exceptions, and requests to other origins. */
  readonly errors: ReadonlyArray<string>
}

/** A browser and the hotel that it visits. */
export class Web extends Context.Service<
  Web,
  {
    readonly app: App
    /** Opens a path in a browser context of its own: it shares nothing with other pages. */
    readonly open: (path: string, options?: BrowserContextOptions) => Promise<OpenPage>
    readonly put: (path: string, data: unknown) => Promise<number>
    /** Closes all pages. */
    readonly close: () => Promise<unknown>
  }
>()("test/Web") {}

/** A rejection is a regular answer, but Chromium logs every status from 400 on as an error. */
const isRejection = (text: string) => /the server responded with a status of 4\d\d/u.test(text)

export const browser = Effect.acquireRelease(
  Effect.promise(() => playwright.launch({ executablePath: chromium!, args: flags })),
  (browser) => Effect.promise(() => browser.close())
)

export const pageOpener =
  (browser: Browser, url: string) =>
  async (path: string, options: BrowserContextOptions = {}): Promise<OpenPage> => {
    const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "en-GB", ...options })
    const page = await context.newPage()
    const errors: Array<string> = []
    page.on("console", (message) => {
      if (message.type() === "error" && !isRejection(message.text())) errors.push(message.text())
    })
    page.on("pageerror", (error) => errors.push(String(error)))
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) errors.push(`requested ${request.url()}`)
    })
    await page.goto(`${url}${path}`)
    return { page, errors }
  }

/** Serves a board that runs in this process, with the pages, and opens them in a browser. */
export const openBoard = Effect.fnUntraced(function* (board: Board.Any) {
  yield* buildProjectPages
  const { page } = projectHttpOptions(hotelApp, undefined)
  const { url } = yield* start(board, { host: "127.0.0.1", port: 0, page })
  return { open: pageOpener(yield* browser, url), url }
})

/** `npm start` with these settings, in a folder of its own, and a browser. */
export const webLayer = (settings: Readonly<Record<string, string>> = {}) =>
  Layer.effect(
    Web,
    Effect.gen(function* () {
      const app = yield* startApp({ DATA_DIR: yield* temporaryFolder, ...settings })
      const put = async (path: string, data: unknown) => {
        const body = JSON.stringify({ data })
        const headers = { "content-type": "application/json" }
        return (await fetch(`${app.url}${path}`, { method: "PUT", headers, body })).status
      }
      const opened = yield* browser
      const close = () => Promise.all(opened.contexts().map((context) => context.close()))
      return Web.of({ app, put, close, open: pageOpener(opened, app.url) })
    })
  )

/** A test that visits pages. */
export const visit = (test: (web: Web["Service"]) => Promise<void>) =>
  Effect.flatMap(Web, (web) => Effect.promise(() => test(web).finally(web.close)))

/** Waits until a note shows this count. */
export const waitForCount = (page: Page, id: string, count: string) =>
  page.waitForFunction(
    ([id, count]) => document.querySelector(`[data-id="${id}"] .many`)?.textContent?.trim() === count,
    [id, count]
  )

/** The calendar day this number of days from now, in local time as on the pages. */
export const day = (from = 0): string => {
  const date = new Date()
  date.setDate(date.getDate() + from)
  const two = (n: number) => String(n).padStart(2, "0")
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
