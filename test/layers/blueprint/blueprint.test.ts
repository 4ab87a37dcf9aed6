import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Schema } from "effect"
import { Board, Slice } from "#domain/model/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { mermaid } from "#layers/blueprint/mermaid.ts"
import { Blueprint } from "#layers/contract/blueprintSchema.ts"
import { jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { named } from "#test/support/named.ts"

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isBlueprint = ajv.compile(jsonSchemaOf(Blueprint))

const decode = Schema.decodeUnknownSync(Schema.toCodecJson(Blueprint), { errors: "all", onExcessProperty: "error" })

for (const board of [...appBoards, library, lending]) {
  describe(`The blueprint of ${board.title}`, () => {
    const blueprint = blueprintOf(board)
    const { actors, automations, commands, facts, lanes, messages, slices, views } = blueprint

    it("matches its schema, and is the same each time", () => {
      assert.isTrue(isBlueprint(JSON.parse(JSON.stringify(blueprint))), JSON.stringify(isBlueprint.errors))
      assert.deepStrictEqual(decode(blueprint), blueprint)
      assert.deepStrictEqual(blueprintOf(board), blueprint)
      assert.isFalse(isBlueprint({ ...blueprint, more: 1 }))
    })

    it("contains everything on the board, in the board's order", () => {
      assert.deepStrictEqual(
        lanes.map(({ name }) => name),
        board.lanes.map(({ name }) => name)
      )
      assert.deepStrictEqual(
        facts.map(({ name }) => name),
        Board.events(board).map(({ identifier }) => identifier)
      )
      assert.deepStrictEqual(
        slices.map(({ title }) => title),
        board.slices.map(({ title }) => title)
      )
      assert.strictEqual(new Set(slices.map(({ id }) => id)).size, slices.length)
    })

    it("refers only to what it contains", () => {
      const names = (list: ReadonlyArray<{ readonly name: string }>) => new Set(list.map(({ name }) => name))
      const [eventNames, commandNames, viewNames] = [names(facts), names(commands), names(views)]
      for (const { emits, reads } of commands) {
        for (const event of [...emits, ...reads.flatMap(({ facts }) => facts)])
          assert.isTrue(eventNames.has(event), event)
      }
      for (const { reads } of views) for (const event of reads) assert.isTrue(eventNames.has(event), event)
      for (const { actor, issues, sends, when } of automations) {
        assert.isTrue(names(actors).has(actor))
        if (issues === null) assert.isNotEmpty(sends)
        else assert.isTrue(commandNames.has(issues))
        for (const message of sends) assert.isTrue(names(messages).has(message), message)
        for (const event of when) assert.isTrue(eventNames.has(event), event)
      }
      for (const { actor, automation, command, rules, scenarios, view } of slices) {
        assert.isTrue(names(actors).has(actor), actor)
        assert.isTrue(command === null || commandNames.has(command))
        assert.isTrue(view === null || viewNames.has(view))
        assert.isTrue(automation === null || names(automations).has(automation))
        assert.isNotEmpty(scenarios)
        for (const { scenarios: where, text } of rules) {
          assert.isNotEmpty(where, text)
          for (const { scenario, slice } of where) {
            named(slices.find(({ id }) => id === slice)!.scenarios, scenario)
          }
        }
      }
    })

    it("has examples that match their schemas", () => {
      for (const { example, name, schema } of [...facts, ...commands, ...messages]) {
        if (example) assert.isTrue(ajv.validate(schema, example), `${name}: ${ajv.errorsText()}`)
        assert.isFalse(ajv.validate(schema, { ...example, unknownField: 1 }), name)
      }
      for (const { scenarios } of slices) {
        for (const { given, then } of scenarios) {
          for (const { data, type } of [...given, ...("facts" in then ? then.facts : [])]) {
            assert.isTrue(ajv.validate(named(facts, type).schema, data), `${type}: ${ajv.errorsText()}`)
          }
        }
      }
    })
  })
}

describe("A blueprint with messages and automations", () => {
  it("has the messages that automations send, with their subjects", () => {
    const { automations, messages, slices } = blueprintOf(lending)
    const { example, schema, ...message } = named(messages, "ReturnConfirmed")
    assert.deepStrictEqual(message, {
      name: "ReturnConfirmed",
      subject: "msg.lending.ReturnConfirmed",
      version: 2,
      description: "For the reader's mailbox",
      fields: ["book", "reader"]
    })
    assert.deepStrictEqual(example, { book: { id: "moby" }, reader: { id: "ann" } })
    assert.isTrue(ajv.validate(schema, example))
    const { issues, sends } = named(automations, "confirm-returns")
    assert.deepStrictEqual([issues, sends], [null, ["ReturnConfirmed"]])
    const slice = slices.find(({ automation }) => automation === "confirm-returns")!
    assert.deepInclude(slice, { id: "confirm-returns", kind: "automation", command: null, view: null })
    assert.deepStrictEqual(slice.scenarios[0]!.then, { messages: [{ type: "ReturnConfirmed", data: example! }] })
    assert.deepStrictEqual(blueprintOf(library).messages, [])
  })

  it("is drawn with its messages", () => {
    const lines = mermaid(lending)
      .split("\n")
      .map((line) => line.trim())
    assert.includeMembers(lines, [
      "BookReturned --> actorRobot",
      "actorRobot --> messageReturnConfirmed",
      "messageReturnConfirmed[/ReturnConfirmed/]:::message"
    ])
    assert.notInclude(mermaid(library), "message")
  })

  it("gives an automation with a command's name an id of its own", () => {
    const automation = Board.automations(library).find(Slice.issuesCommand)
    const [change] = Board.commandSlices(library)
    const named = Slice.automation({ ...automation!, name: "acquire-book" })
    const { slices } = blueprintOf({ ...library, slices: [change!, named] })
    assert.deepStrictEqual(
      slices.map(({ id }) => id),
      ["acquire-book", "acquire-book-automation"]
    )
  })
})
