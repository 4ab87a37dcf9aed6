import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { requireReadableSamples } from "#app/requireReadableSamples.ts"
import type { Board } from "#domain/model/index.ts"
import { AcceptedV1, ParcelAccepted, postNow } from "#test/boards/postBoards.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const page = readFileSync("docs/evolution.md", "utf8")
const blocks = (language: string) =>
  Array.from(page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gmsu")), ([, text]) => text!)

it("the code in docs/evolution.md is that of the boards that are tested", () => {
  const code = readFileSync("test/boards/postBoards.ts", "utf8")
  assert.isAtLeast(blocks("ts").length, 5)
  for (const block of blocks("ts")) assert.include(code, block)
})

class Accepted extends Schema.TaggedClass<Accepted>()("ParcelAccepted", {
  ...AcceptedV1.fields,
  insured: Schema.Boolean
}) {}

it.effect("the refusal in docs/evolution.md is what a start prints", () =>
  Effect.gen(function* () {
    const samples = join(yield* temporaryFolder, "samples.json")
    const data = { parcel: { id: "p1" }, sender: "Ann Lee", weight: 5 }
    const sample = { dataschema: "urn:post:schema:ParcelAccepted:1", streamId: "parcel/p1", data, from: "log" }
    writeFileSync(samples, JSON.stringify([sample]))
    const [parcels, depots] = postNow.lanes
    const events = [Accepted, ...parcels!.events.filter((event) => event !== ParcelAccepted)]
    const board: Board.Any = { ...postNow, lanes: [{ ...parcels!, events, older: [] }, depots!] }
    const app = { board, samples, screens: {}, code: [], readme: "", documents: "" }
    const { message } = yield* Effect.flip(requireReadableSamples(app))
    assert.strictEqual(`${message.replace(samples, "samples.json")}\n`, blocks("text")[0])
  }).pipe(Effect.scoped)
)
