import { execFile, spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Schedule } from "effect"
import { totalMaxBytes } from "#app/diskSpace.ts"
import { settings } from "#app/settings.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { mermaid } from "#layers/blueprint/mermaid.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { type App, startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const readme = readFileSync("README.md", "utf8")
const settingsDoc = readFileSync("docs/settings.md", "utf8")
const blocks = (language: string) =>
  Array.from(readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gmsu")), ([, block]) => block!)

const packageJson = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> }
const commands = blocks("sh").flatMap((block) => block.split(/\n(?=\S)/u).map((command) => command.trim()))
const curls = commands.filter((command) => command.startsWith("curl "))
const natsCommands = commands.filter((command) => command.startsWith("nats "))
const hasCurl = spawnSync("curl", ["--version"]).status === 0

/** A reader who types the calls is slower than the bot, which has scheduled the cleaning before the room is clean. */
const scheduled = ({ url }: App) =>
  Effect.promise(async () => (await fetch(`${url}/cleanup-schedule/2022-12-12`)).json() as Promise<{ rooms: [] }>).pipe(
    Effect.repeat({ until: ({ rooms }) => rooms.length > 0, schedule: Schedule.spaced("10 millis") })
  )

describe("README", () => {
  it("shows the board as it is (npm run diagram -- --write)", () => {
    assert.strictEqual(blocks("mermaid")[0]!.trim(), mermaid(hotelBooking))
  })

  it("documents how much disk the limits need", () => {
    const [, limits] = /these limits come to (\d+) GiB/u.exec(settingsDoc) ?? []
    assert.strictEqual(Number(limits), Math.round(totalMaxBytes(hotelBooking) / 2 ** 30))
  })

  it("quotes code that exists", () => {
    const sources = globSync("src/**/*.ts").map((file) => readFileSync(file, "utf8"))
    for (const block of blocks("ts"))
      assert.isTrue(
        sources.some((source) => source.includes(block.trimEnd())),
        block
      )
  })

  it("links to existing files, and names existing scripts", () => {
    for (const [, link] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/gu)) assert.isTrue(existsSync(link!), link)
    for (const [, script] of readme.matchAll(/npm run ([a-z]+)/gu)) assert.property(packageJson.scripts, script!)
  })

  it.effect("documents every setting, and its default", () =>
    Effect.gen(function* () {
      const table = Object.fromEntries(
        Array.from(settingsDoc.matchAll(/^\| `([A-Z_]+)`(?:, `([A-Z_]+)`)? \|([^|]*)\|/gmu)).flatMap(
          ([, one = "", two, defaults = ""]) => {
            const values = Array.from(defaults.matchAll(/`([^`]+)`/gu), ([, value]) => value)
            return [[one, values[0]], ...(two ? [[two, values[1]]] : [])]
          }
        )
      )
      const sources = [
        "src/app/settings.ts",
        "src/app/accessSettings.ts",
        "src/app/natsSettings.ts",
        "src/app/live/liveSettings.ts",
        "src/app/telemetrySettings.ts",
        "src/features/hotel-booking/seeds.ts"
      ].map((file) => readFileSync(file, "utf8"))
      const names = sources.flatMap((source) =>
        Array.from(source.matchAll(/"([A-Z]+(?:_[A-Z]+)*)"/gu), ([, name]) => name!)
      )
      assert.sameMembers(Object.keys(table), [...new Set(names)])
      const none = yield* settings.pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))
      )
      const documented = yield* settings.pipe(
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromUnknown(Object.fromEntries(Object.entries(table).filter(([, value]) => value)))
        )
      )
      assert.deepStrictEqual(documented, none)
    })
  )

  it("calls nats with streams and buckets that exist", () => {
    const names = streamSpecs(hotelBooking, 1).map(({ name }) => name)
    const { views } = subscriptions(hotelBooking)
    assert.isAbove(natsCommands.length, 4)
    for (const command of natsCommands) {
      const [, kind, , name] = command.split(" ")
      assert.include(names, kind === "kv" ? `KV_${name}` : name, command)
    }
    assert.isAbove(views.length, 0)
  })

  it.live.skipIf(!hasCurl)("has a tour whose calls work", () =>
    Effect.gen(function* () {
      const app = yield* startApp({ DATA_DIR: yield* temporaryFolder })
      const answers = yield* Effect.forEach(curls, (command) =>
        Effect.promise(async () => {
          const quiet = command.replace("curl ", `curl --silent --write-out '\\n%{http_code}' `)
          const { stdout } = await promisify(execFile)("sh", ["-c", quiet.replaceAll("http://127.0.0.1:3000", app.url)])
          const [body = "", status] = stdout.split(/\n(?=\d+$)/u)
          return { status: Number(status), body: JSON.parse(body) }
        }).pipe(Effect.tap(scheduled(app)))
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [201, 201, 409, 201, 200, 200, 200, 201, 201, 200, 200]
      )
      assert.deepStrictEqual(answers[2]!.body, JSON.parse(blocks("json")[0]!))
      assert.strictEqual(answers[4]!.body.availability, "occupied")
    }).pipe(Effect.scoped)
  )
})
