import { Context, Effect, Layer } from "effect"
import { chromium as playwright, type Browser, type BrowserContextOptions, type Page } from "playwright-core"
import { type App, startApp } from "#test/support/app.ts"
import { temporaryFolder } from "#test/support/nats.ts"
import { chromium, flags } from "./chromium.ts"

/** A page that somebody has open, and what went wrong on it. */
export interface Open {
  readonly page: Page
  /** What its console says as an error, what it throws, and what it asks for elsewhere. */
  readonly wrongs: ReadonlyArray<string>
}

/** A browser, and the hotel that it looks at. */
export class Web extends Context.Service<
  Web,
  {
    readonly app: App
    /** Opens a path for somebody of their own: nothing is shared with another page. */
    readonly open: (path: string, options?: BrowserContextOptions) => Promise<Open>
    readonly put: (path: string, data: unknown) => Promise<number>
    /** Closes whatever is open. */
    readonly close: () => Promise<unknown>
  }
>()("test/Web") {}

/** A refusal is an answer, but Chromium calls every status from 400 on an error. */
const isRefusal = (text: string) => /the server responded with a status of 4\d\d/u.test(text)

export const browser = Effect.acquireRelease(
  Effect.promise(() => playwright.launch({ executablePath: chromium!, args: flags })),
  (browser) => Effect.promise(() => browser.close())
)

export const opener =
  (browser: Browser, url: string) =>
  async (path: string, options: BrowserContextOptions = {}): Promise<Open> => {
    const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "en-GB", ...options })
    const page = await context.newPage()
    const wrongs: Array<string> = []
    page.on("console", (message) => {
      if (message.type() === "error" && !isRefusal(message.text())) wrongs.push(message.text())
    })
    page.on("pageerror", (error) => wrongs.push(String(error)))
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) wrongs.push(`asked for ${request.url()}`)
    })
    await page.goto(`${url}${path}`)
    return { page, wrongs }
  }

/** `npm start` with these settings, in a folder of its own, and a browser. */
export const web = (settings: Readonly<Record<string, string>> = {}) =>
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
      return Web.of({ app, put, close, open: opener(opened, app.url) })
    })
  )

/** A test that visits pages. */
export const visit = (test: (web: Web["Service"]) => Promise<void>) =>
  Effect.flatMap(Web, (web) => Effect.promise(() => test(web).finally(web.close)))

/** Waits until a post-it shows this count. */
export const counts = (page: Page, id: string, many: string) =>
  page.waitForFunction(
    ([id, many]) => document.querySelector(`[data-id="${id}"] .many`)?.textContent?.trim() === many,
    [id, many]
  )

/** The day so many days from now, as the pages count. */
export const day = (from = 0): string => {
  const date = new Date()
  date.setDate(date.getDate() + from)
  const two = (n: number) => String(n).padStart(2, "0")
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
