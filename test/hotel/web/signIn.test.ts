import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import type { BrowserContextOptions, Page } from "playwright-core"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { developmentIssuer } from "#layers/access/developmentIssuer.ts"
import { sessionCookie } from "#layers/http/checks/credentials.ts"
import { testKeys, testRules, token } from "#test/support/testIssuer.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

/** Signs tokens that the app accepts, by the key in its data folder. */
class Issuer extends Context.Service<Issuer, (seconds: number, role?: string) => Promise<string>>()("test/Issuer") {}

/** The hotel with `AUTH=development`, its browser, and its issuer of tokens. */
const signInLayer = Layer.unwrap(
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const issuer = yield* developmentIssuer(folder, hotelBooking.name)
    const sign = (seconds: number, role = "Guest") =>
      Effect.runPromise(issuer.sign({ roles: [role], claims: { client: "7" }, seconds }))
    const settings = { AUTH: "development", DATA_DIR: folder, EVENT_LOG: "memory", ROOMS: "1-20", LOG_LEVEL: "none" }
    return Layer.merge(webLayer(settings), Layer.succeed(Issuer, sign))
  })
)

/** The hotel with `AUTH=tokens`, and the issuer of the tests. */
const tokensLayer = Layer.unwrap(
  Effect.map(temporaryFolder, (folder) => {
    const keys = join(folder, "keys.json")
    writeFileSync(keys, JSON.stringify(testKeys))
    const issuer = { AUTH_ISSUER: testRules.issuer, AUTH_AUDIENCE: testRules.audience, AUTH_KEYS: keys }
    return webLayer({ AUTH: "tokens", ...issuer, EVENT_LOG: "memory", LOG_LEVEL: "none" })
  })
)

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
const night = (page: Page, room: number, state: string) =>
  page.getByRole("button", { name: new RegExp(`^Room ${room}, .*: ${state}`, "u") })

const addressOf = (page: Page) => {
  const { hash, pathname, searchParams } = new URL(page.url())
  return { path: pathname + hash, to: searchParams.get("to") }
}

/** Signs in on the page that is open. */
const signIn = async (page: Page, role: string, client?: number) => {
  await page.getByRole("radio", { name: role, exact: true }).check()
  if (client !== undefined) await page.getByLabel("Client", { exact: true }).fill(String(client))
  await button(page, "Sign in").click()
}

/** A token for a client, as a program gets it. */
const tokenOf = async (url: string, client: number): Promise<string> => {
  const response = await fetch(`${url}/session/development`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ role: "Guest", claims: { client: String(client) } })
  })
  assert.strictEqual(response.status, 200)
  return response.headers
    .get("set-cookie")!
    .split(";")[0]!
    .slice(sessionCookie.length + 1)
}

const book = async (url: string, client: number, room: number, date: string) => {
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${await tokenOf(url, client)}`
  }
  const body = JSON.stringify({ data: { room: { id: room }, client: { id: client }, date } })
  assert.strictEqual((await fetch(`${url}/mutation/book-room`, { method: "PUT", headers, body })).status, 201)
}

/** Signs a page's browser in with a token, as the form of `AUTH=tokens` does. */
const sendToken = (page: Page, token: string) =>
  page.evaluate(
    (token) =>
      fetch("/session", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token })
      }).then(({ status }) => status),
    token
  )

/** Counts the events of the page's feeds by name, and removes the polling that would hide it if they did not arrive. */
const countFeedItems = (page: Page) =>
  page.addInitScript(() => {
    const counts: Record<string, number> = {}
    const { EventSource, setInterval } = globalThis
    const named = { counts, idleMillis: 10_000 }
    Object.assign(globalThis, {
      feedItems: counts,
      EventSource: class extends EventSource {
        constructor(url: string) {
          super(url)
          for (const name of ["fact", "counts"])
            this.addEventListener(name, () => (named.counts[name] = (named.counts[name] ?? 0) + 1))
        }
      },
      setInterval: (run: () => void, millis: number) => (millis === named.idleMillis ? 0 : setInterval(run, millis))
    })
  })

const looks = [
  ["light", { width: 1280, height: 820 }],
  ["dark", { width: 390, height: 844 }]
] as const

const checkLooks = async (page: Page, what: string) => {
  assert.deepStrictEqual(await violations(page, "body"), [], what)
  const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
  assert.strictEqual(wide, false, `${what} is wider than its window`)
}

describe.skipIf(chromium === undefined)("Signing in", () => {
  layer(signInLayer, { excludeTestServices: true })("with AUTH=development", (it) => {
    it.effect(
      "leads a guest from /guest to the sign-in page and back, to book as themselves and see no other guest",
      () =>
        visit(async ({ app: { url }, open }) => {
          const { page, errors } = await open("/guest?date=2031-05-06")
          assert.deepStrictEqual(addressOf(page), { path: "/sign-in", to: "/guest?date=2031-05-06" })
          await page.getByText("For development only.").waitFor()
          assert.isTrue(
            await page.getByRole("radio", { name: "Guest" }).isChecked(),
            "the page's own role is preselected"
          )
          await signIn(page, "Guest", 7)
          await page.waitForURL("**/guest?date=2031-05-06")
          await page.getByText("signed in as Guest, client 7").waitFor()
          await page.getByText("You are guest 7", { exact: true }).waitFor()
          assert.strictEqual(await page.getByRole("spinbutton").count(), 0)
          assert.strictEqual(await page.getByRole("link", { name: "the wall" }).count(), 0)

          await night(page, 1, "free").first().click()
          await button(page, "Book").click()
          await page.locator(".notice.good").waitFor()
          await night(page, 1, "yours").waitFor()

          await book(url, 8, 2, "2031-05-06")
          await night(page, 2, "taken by another guest").waitFor()
          const seen = await page.evaluate(() => fetch("/views/booking?room=2").then((response) => response.text()))
          assert.notInclude(seen, "client")
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "keeps the session in a cookie that no script and no other site can use",
      () =>
        visit(async ({ open }) => {
          const { page } = await open("/sign-in")
          await signIn(page, "Manager")
          await page.waitForURL("**/manager")
          const [cookie, ...others] = await page.context().cookies()
          assert.deepStrictEqual(others, [])
          assert.deepInclude(cookie, {
            name: sessionCookie,
            path: "/",
            httpOnly: true,
            secure: true,
            sameSite: "Strict"
          })
          assert.isAbove(cookie!.expires, Date.now() / 1_000)
          assert.strictEqual(await page.evaluate("document.cookie"), "")
        }),
      60_000
    )

    it.effect(
      "says that a page is for another role, and offers those for this one",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/manager")
          await signIn(page, "Guest", 7)
          await page.getByText("As Guest, client 7, you may not open /manager.").waitFor()
          assert.deepStrictEqual(addressOf(page), { path: "/sign-in", to: "/manager" })
          const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link")
          assert.deepStrictEqual(await links.allTextContents(), ["Guest", "API"])
          await signIn(page, "Manager")
          await page.waitForURL("**/manager")
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "leads each role to its first page, and an operator back to the part of the wall that was open",
      () =>
        visit(async ({ open }) => {
          for (const [role, path, client] of [
            ["Guest", "/guest", 7],
            ["Manager", "/manager"],
            ["Operator", "/"]
          ] as const) {
            const { page } = await open("/sign-in")
            await signIn(page, role, client)
            await page.waitForURL(`**${path}`)
          }
          const { page, errors } = await open("/#view/Booking")
          assert.deepStrictEqual(addressOf(page), { path: "/sign-in#view/Booking", to: "/" })
          await signIn(page, "Operator")
          await page.waitForURL("**/#view/Booking")
          await page.getByText("signed in as Operator").waitFor()
          await page.locator(".panel").waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "shows who is signed in, and ends with a sign-out",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/guest")
          await signIn(page, "Guest", 7)
          await page.waitForURL("**/guest")
          await page.getByRole("link", { name: "switch" }).click()
          const card = page.getByRole("region", { name: "You are signed in" })
          for (const text of ["development:Guest:7", "Guest", "Client", "7"])
            await card.getByText(text, { exact: true }).waitFor()
          assert.strictEqual(await page.locator(".notice.no").count(), 0)
          await button(page, "Sign out").click()
          await page.getByText("You are signed out.").waitFor()
          assert.strictEqual(await card.count(), 0)
          assert.deepStrictEqual(await page.context().cookies(), [])
          await page.goto(new URL("/guest", page.url()).href)
          assert.deepStrictEqual(addressOf(page), { path: "/sign-in", to: "/guest" })
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "keeps the pages of a guest and a manager current, who get no events, and hides from the manager what is for operators",
      () =>
        visit(async ({ app: { url }, open }) => {
          for (const [role, path, client] of [
            ["Guest", "/guest", 7],
            ["Manager", "/manager"]
          ] as const) {
            const { page, errors } = await open(`/sign-in?to=${path}`)
            await countFeedItems(page)
            await signIn(page, role, client)
            await page.waitForURL(`**${path}`)
            await page.locator(".connection.live").waitFor()
            await book(url, 8, client === undefined ? 4 : 3, day())
            const shown =
              client === undefined ? page.getByText("Room 4, guest 8") : night(page, 3, "taken by another guest")
            await shown.waitFor()
            const items = (await page.evaluate("feedItems")) as Record<string, number>
            assert.isAbove(items["counts"] ?? 0, 0, role)
            assert.isUndefined(items["fact"], role)
            if (role === "Manager") assert.strictEqual(await page.getByText("Failed work").count(), 0)
            assert.deepStrictEqual(errors, [], role)
          }
        }),
      60_000
    )

    it.effect(
      "is needed again when the session has expired",
      () =>
        Effect.flatMap(Issuer, (sign) =>
          visit(async ({ open }) => {
            const { page, errors } = await open("/sign-in")
            assert.strictEqual(await sendToken(page, await sign(8)), 200)
            await page.goto(new URL("/guest?room=5", page.url()).href)
            await page.locator(".connection.live").waitFor()
            await page.waitForURL("**/sign-in?to=*")
            assert.deepStrictEqual(addressOf(page), { path: "/sign-in", to: "/guest?room=5" })
            await page.getByRole("heading", { name: "Who are you?" }).waitFor()
            assert.deepStrictEqual(errors, [])
          })
        ),
      60_000
    )

    it.effect(
      "keeps the id of a command with an unknown outcome, so that it is done once",
      () =>
        visit(async ({ open }) => {
          const { page } = await open("/guest?date=2031-06-07")
          await signIn(page, "Guest", 7)
          const ids: Array<string | undefined> = []
          await page.route("**/mutation/book-room", (route) => {
            ids.push(route.request().headers()["idempotency-key"])
            return ids.length === 1 ? route.abort() : route.continue()
          })
          await night(page, 6, "free").first().click()
          await button(page, "Book").click()
          await page.getByText("It is not known whether this was done.").waitFor()
          await page.context().clearCookies()
          await button(page, "Book").click()
          await page.waitForURL("**/sign-in?to=*")
          await signIn(page, "Guest", 7)
          await page.getByText("It is not known whether this was done.").waitFor()
          await button(page, "Book").click()
          await page.locator(".notice.good").waitFor()
          assert.strictEqual(ids.length, 3)
          assert.strictEqual(new Set(ids).size, 1)
        }),
      60_000
    )

    it.effect(
      "reloads a page when another user signs in meanwhile",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/guest")
          await signIn(page, "Guest", 7)
          await page.getByText("You are guest 7", { exact: true }).waitFor()
          const other = await page.context().newPage()
          await other.goto(new URL("/sign-in", page.url()).href)
          await signIn(other, "Guest", 9)
          await other.waitForURL("**/guest")
          await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
          await page.getByText("You are guest 9", { exact: true }).waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "never leads to another site",
      () =>
        visit(async ({ app: { url }, open }) => {
          for (const to of ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/"]) {
            const { page, errors } = await open(`/sign-in?to=${encodeURIComponent(to)}`)
            await signIn(page, "Manager")
            await page.waitForURL(`${url}/manager`)
            assert.deepStrictEqual(errors, [], to)
          }
        }),
      60_000
    )

    for (const [colorScheme, viewport] of looks) {
      it.effect(
        `is accessible, ${colorScheme}, on a window ${viewport.width} pixels wide`,
        () =>
          visit(async ({ open }) => {
            const options: BrowserContextOptions = { colorScheme, viewport, reducedMotion: "reduce" }
            const { page, errors } = await open("/sign-in?to=/manager", options)
            await page.getByRole("radio").first().waitFor()
            await checkLooks(page, "the form")
            await signIn(page, "Guest", 7)
            await page.getByText("you may not open /manager").waitFor()
            await checkLooks(page, "the refusal")
            await page.getByRole("link", { name: "Guest", exact: true }).click()
            await page.getByText("signed in as").waitFor()
            await page.locator(".connection.live").waitFor()
            await checkLooks(page, "/guest")
            await page.goto(new URL("/sign-in", page.url()).href)
            await signIn(page, "Operator")
            await page.getByText("signed in as Operator").waitFor()
            await page.locator(".connection.live").waitFor()
            await checkLooks(page, "the wall")
            assert.deepStrictEqual(errors, [])
          }),
        60_000
      )
    }
  })

  layer(tokensLayer, { excludeTestServices: true })("with AUTH=tokens", (it) => {
    it.effect(
      "takes a token of the issuer, and says in a sentence when it is not valid",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/guest")
          await page.getByText("To open /guest, sign in.").waitFor()
          const field = page.getByLabel("Token")
          const options = { roles: ["Guest"], claims: { client: "7" } }
          for (const invalid of ["abc", await token({ ...options, expires: -60 }), "x".repeat(4_000)]) {
            await field.fill(invalid)
            await button(page, "Sign in").click()
            await page.getByRole("alert").getByText("This app does not accept this token.").waitFor()
            assert.strictEqual(new URL(page.url()).pathname, "/sign-in")
          }
          await checkLooks(page, "the form")
          // As it is in a header, broken into lines.
          await field.fill(`Bearer ${(await token(options)).replaceAll(".", "\n.")}\n`)
          await button(page, "Sign in").click()
          await page.waitForURL("**/guest")
          await page.getByText("You are guest 7", { exact: true }).waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })

  layer(webLayer({ EVENT_LOG: "memory", LOG_LEVEL: "none" }), { excludeTestServices: true })("without AUTH", (it) => {
    it.effect(
      "is not needed, as the page says, and no page has a link to it",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/sign-in")
          await page.getByText("This app needs no sign-in.").waitFor()
          const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link")
          assert.deepStrictEqual(await links.allTextContents(), ["The wall", "Guest", "Manager", "Streams", "API"])
          await checkLooks(page, "the page")
          for (const name of ["The wall", "Guest", "Manager", "Streams"]) {
            await page.getByRole("link", { name, exact: true }).click()
            await page.locator(".connection.live").waitFor()
            assert.strictEqual(await page.locator(".signed-in").count(), 0, name)
            await page.goBack()
          }
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
