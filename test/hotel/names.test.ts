import { globSync, readFileSync } from "node:fs"
import { basename, dirname } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { Board, type Event, Name, type Slice } from "#domain/model/index.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const root = new URL("../../", import.meta.url)

const files = (pattern: string) => globSync(pattern, { cwd: root }).map((path) => path.replaceAll("\\", "/"))
const load = (file: string): Promise<Record<string, any>> => import(new URL(file, root).href)

const hotel: Board.Any = hotelBooking

/** The boards whose parts have a file each, and the folders of these. */
const homes: ReadonlyArray<readonly [board: Board.Any, domain: string, features: string, minDeclared: number]> = [
  [hotel, "src/domain", "src/features/hotel-booking", 13],
  [courseExamples, "examples/courses/domain", "examples/courses/features", 40]
]

const nameOf = (slice: Slice.Any): string =>
  slice._tag === "Change"
    ? slice.command.name
    : slice._tag === "View"
      ? slice.shows.name
      : "issues" in slice
        ? slice.issues.name
        : slice.sends[0]!.identifier

describe.each(homes.map((home) => [home[0].title, ...home] as const))(
  "One name per element of %s:",
  (_, board, domain, features, minDeclared) => {
    /** Files with one declaration, which has the file's name; `lane.ts`, `index.ts` and the like contain something else. */
    const declared = [...files(`${domain}/*/[A-Z]*.ts`), ...files(`${features}/*/[A-Z]*.ts`)].filter(
      (file) => !file.includes("/model/")
    )

    it("a file has the name of the declaration in it", async () => {
      assert.isAtLeast(declared.length, minDeclared)
      for (const file of declared) {
        const name = basename(file, ".ts")
        const found = (await load(file))[name]
        assert.isDefined(found, `${file} declares no ${name}`)
        assert.strictEqual(found.identifier ?? found.name, name, file)
      }
    })

    it("an event has a file of its own, in the folder of its lane", async () => {
      for (const { events, prefix } of board.lanes) {
        const inLane = declared.filter((file) => dirname(file) === `${domain}/${prefix}`)
        const inFolder = inLane.filter((file) => readFileSync(file, "utf8").includes("Schema.TaggedClass")).sort()
        const onLane = events.map(({ identifier }) => `${domain}/${prefix}/${identifier}.ts`).sort()
        assert.deepStrictEqual(inFolder, onLane)
        for (const event of events) {
          assert.strictEqual((await load(`${domain}/${prefix}/${event.identifier}.ts`))[event.identifier], event)
        }
      }
    })

    it("a slice has a folder with the name of its command, read model or message", async () => {
      const folders = files(`${features}/*/index.ts`).map((file) => basename(dirname(file)))
      assert.deepStrictEqual(folders.sort(), board.slices.map((slice) => Name.kebab(nameOf(slice))).sort())
      for (const slice of board.slices) {
        const name = nameOf(slice)
        const index = await load(`${features}/${Name.kebab(name)}/index.ts`)
        assert.strictEqual(index[name.charAt(0).toLowerCase() + name.slice(1)], slice)
        if (slice._tag === "Automation") assert.strictEqual(slice.name, Name.kebab(name))
      }
    })

    it("a slice has the same three files: its command, read model or message, its scenarios, and itself", () => {
      for (const slice of board.slices) {
        const name = nameOf(slice)
        const found = files(`${features}/${Name.kebab(name)}/*`).map((file) => basename(file))
        assert.sameMembers(found, [`${name}.ts`, "index.ts", "scenarios.ts"])
      }
    })
  }
)

describe("One name per element:", () => {
  for (const board of [hotel, courseExamples, library]) {
    it.effect(`${board.name}: an event's name is its tag, its CloudEvent's type, and its subject's last token`, () =>
      Effect.gen(function* () {
        const lanes = Board.laneOf(board)
        const { encode } = cloudEventCodec(board)
        for (const event of Board.events(board)) {
          const name = event.identifier
          const streamId = { boundary: "stream", key: "1" }
          const subject = Subject.eventSubject(board, streamId, lanes.get(name)!, name)
          assert.strictEqual(Subject.typeToken(subject), Name.kebab(name))
          const [value] = yield* Arbitrary.sampleEffect(Arbitrary.schema(Schema.toType(event)), { count: 1 })
          assert.strictEqual(value!._tag, name)
          const recorded = {
            ...testMetadata("c"),
            id: "i",
            subject,
            streamId: "stream/1",
            streamRevision: 1,
            event: value!
          }
          const headers = new Map(parseHeaders(encode(recorded).headers))
          assert.strictEqual(headers.get("ce-type"), name)
          assert.match(headers.get("ce-dataschema")!, new RegExp(`\\b${name}\\b.*\\b1$`, "u"))
        }
      })
    )

    it(`${board.name}: a rejection's name is its tag, and the type of its entry in the audit`, () => {
      const { encodeAuditEntry } = cloudEventCodec(board)
      const rejections = (board.slices as ReadonlyArray<Slice.Any>)
        .flatMap(({ scenarios }) => Object.values(scenarios as Record<string, { then: any }>))
        .flatMap(({ then }) => (typeof then._tag === "string" ? [then as Event.Any["Type"]] : []))
      const names = new Set(Board.commands(board).flatMap(({ rejects }) => rejects.map((r: Event.Any) => r.identifier)))
      for (const rejection of rejections) {
        assert.isTrue(names.has(rejection._tag))
        const entry = {
          ...testMetadata("c"),
          id: "i",
          streamId: "stream/1",
          outcome: "refused" as const,
          rejection
        }
        assert.strictEqual(new Map(parseHeaders(encodeAuditEntry(entry).headers)).get("ce-type"), rejection._tag)
      }
    })

    it(`${board.name}: subscriptions have the names of their views and automations`, () => {
      const { automations, views } = subscriptions(board)
      for (const { name, subscription } of views) assert.strictEqual(subscription.name, `view-${Name.kebab(name)}-v1`)
      for (const { name, subscription } of automations) assert.strictEqual(subscription.name, `automation-${name}`)
      for (const { subscription } of [...views, ...automations]) {
        assert.match(subscription.name, /^[a-z0-9-]{1,64}$/u)
      }
    })
  }
})
