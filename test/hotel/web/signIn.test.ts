import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { BrowserContextOptions, Page } from "playwright-core"
import { sessionCookie } from "#layers/http/checks/credentials.ts"
import { testKeys, testRules, token } from "#test/support/testIssuer.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { visit, webLayer } from "./support/web.ts"

const developmentLayer = webLayer({ AUTH: "development", EVENT_LOG: "memory", ROOMS: "1-20", LOG_LEVEL: "none" })

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
  layer(developmentLayer, { excludeTestServices: true })("with AUTH=development", (it) => {
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
          await page.goto(new URL("/sign-in", page.url()).href)
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
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })

  layer(webLayer({ EVENT_LOG: "memory", LOG_LEVEL: "none" }), { excludeTestServices: true })("without AUTH", (it) => {
    it.effect(
      "is not needed, as the page says",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/sign-in")
          await page.getByText("This app needs no sign-in.").waitFor()
          const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link")
          assert.deepStrictEqual(await links.allTextContents(), ["The wall", "Guest", "Manager", "Streams", "API"])
          await checkLooks(page, "the page")
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
