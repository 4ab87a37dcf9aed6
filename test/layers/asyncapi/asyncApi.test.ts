import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { Board, Boundary, type Message } from "#domain/model/index.ts"
import { eventExamples, messageExamples } from "#layers/asyncapi/examples.ts"
import { publishedSchemas } from "#layers/asyncapi/publishedSchemas.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { asyncApiDocument } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { notebook } from "#test/boards/notesBoard.ts"
import { school } from "#test/boards/schoolBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"

type Document = Record<string, any>

const at = (document: Document, { $ref }: { readonly $ref: string }): Document | undefined =>
  $ref
    .slice(2)
    .split("/")
    .reduce<any>((part, name) => part?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], document)

const referencesIn = (value: unknown): ReadonlyArray<string> =>
  Array.from(JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/gu), ([, reference]) => reference!)

/** Matches the subjects of an address; an expression is one or more characters of a token. */
const patternOf = (address: string) =>
  new RegExp(`^${address.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/gu, "[A-Za-z0-9=-]+")}$`, "u")

for (const board of [...appBoards, library, lending, school, notebook]) {
  describe(`the AsyncAPI document of ${board.title}`, () => {
    const document: Document = JSON.parse(JSON.stringify(asyncApiDocument(board)))
    const ajv = new Ajv({ strict: false })
    formats.default(ajv)
    ajv.addSchema(document, "document")
    const errorsOf = (path: string, value: unknown) =>
      ajv.validate(`document#/${path}`, value) ? undefined : ajv.errorsText()

    it("refers only to parts that exist", () => {
      const references = referencesIn(document)
      assert.isAbove(references.length, 20)
      for (const $ref of references) assert.isDefined(at(document, { $ref }), $ref)
    })

    it("has examples that are valid, of every event and command that a scenario has", () => {
      const messages = Object.entries<Document>(document["components"].messages)
      const withExamples = messages.filter(([, { examples }]) => examples)
      for (const [name, { examples }] of withExamples) {
        for (const { headers, payload } of examples) {
          const path = `components/messages/${name}`
          assert.isUndefined(errorsOf(`${path}/payload`, payload), `${path}: ${JSON.stringify(payload)}`)
          if (headers) assert.isUndefined(errorsOf(`${path}/headers`, headers), path)
        }
      }
      const names = withExamples.map(([name]) => name)
      assert.includeMembers(names, [...eventExamples(board).keys(), ...messageExamples(board).keys()])
      if (!appBoards.includes(board)) return
      // Each of their events and commands is in a scenario.
      assert.includeMembers(names, [
        ...Board.events(board).map(({ identifier }) => identifier),
        ...Board.commandSlices(board).flatMap(({ command: { name } }) => [name, `${name}.structured`, `${name}.plain`])
      ])
    })

    it("rejects headers and payloads that no message has", () => {
      const [type, { headers, payload }] = [...eventExamples(board)][0]!
      const path = `components/messages/${type}`
      assert.isDefined(errorsOf(`${path}/headers`, { ...headers, "ce-type": "Other" }))
      assert.isDefined(errorsOf(`${path}/headers`, { ...headers, "ce-factindex": undefined }))
      assert.isDefined(errorsOf(`${path}/payload`, { ...(payload as object), more: 1 }))
      assert.isUndefined(errorsOf(`${path}/headers`, { ...headers, "Nats-Msg-Id": "1" }))
    })

    it("has the subjects of each event, in the log and in its lane, with their parameters", () => {
      for (const lane of board.lanes) {
        const [log, published] = [document["channels"][`log.${lane.name}`], document["channels"][`lane.${lane.name}`]]
        for (const { identifier } of lane.events) {
          assert.property(log.messages, identifier)
          assert.property(published.messages, identifier)
          const example = eventExamples(board).get(identifier)
          if (!example) continue
          const streamId = Boundary.streamId(lane.boundary, example.event as never)
          assert.match(Subject.eventSubject(board, streamId, lane, identifier), patternOf(log.address))
          assert.match(Subject.publishedSubject(lane, streamId.key), patternOf(published.address))
        }
        for (const { address, parameters } of [log, published]) {
          const names = Array.from(address.matchAll(/\{([^}]+)\}/gu) as Iterable<RegExpMatchArray>, ([, name]) => name)
          assert.sameMembers([...new Set(names)], Object.keys(parameters))
        }
      }
    })

    it("has an operation for everything that the app sends and receives", () => {
      const operations: Document = document["operations"]
      const names = [
        ...board.lanes.flatMap(({ name }) => [`append.${name}`, `publish.${name}`]),
        ...Board.commandSlices(board).map(({ command }) => `command.${command.name}`)
      ]
      assert.includeMembers(Object.keys(operations), names)
      const received = Object.entries<Document>(operations).filter(([name]) => /^(?:view|automation)\./u.test(name))
      const typesOf = (name: string) =>
        received
          .filter(([operation]) => operation.startsWith(`${name}.`))
          .flatMap(([, { messages }]) => messages.map(({ $ref }: { $ref: string }) => $ref.split("/").at(-1)))
      for (const { shows } of Board.views(board))
        assert.sameMembers(
          typesOf(`view.${shows.name}`),
          shows.reads.map(({ identifier }: { identifier: string }) => identifier)
        )
      for (const { command } of Board.commandSlices(board)) {
        const { bindings, channel, reply } = operations[`command.${command.name}`]
        assert.strictEqual(at(document, channel)!["address"], Subject.commandSubject(board, command))
        assert.isString(bindings.nats.queue)
        assert.isNull(at(document, reply.channel)!["address"])
        const replies = Object.keys(at(document, reply.channel)!["messages"])
        assert.includeMembers(replies, [
          "receipt",
          "problem",
          ...command.rejects.map(({ identifier }: { identifier: string }) => identifier)
        ])
      }
    })

    it("names a published schema in each event's dataschema", () => {
      const ids = publishedSchemas(board).map(({ schema }) => schema["$id"])
      assert.strictEqual(new Set(ids).size, ids.length)
      const examples = [...eventExamples(board).values(), ...messageExamples(board).values()]
      for (const { headers } of examples) assert.include(ids, headers["ce-dataschema"])
    })

    it("has a channel for each message of automations, and an operation that sends it", () => {
      for (const automation of Board.automations(board).filter((automation) => "sends" in automation)) {
        for (const message of automation.sends as ReadonlyArray<Message.Any>) {
          const { action, channel } = document["operations"][`send.${automation.name}.${message.identifier}`]
          assert.strictEqual(action, "send")
          assert.strictEqual(at(document, channel)!["address"], Subject.messageSubject(board, message))
          assert.isTrue(messageExamples(board).has(message.identifier))
        }
      }
    })
  })
}
