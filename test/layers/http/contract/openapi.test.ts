import { describe, expect, it } from "@effect/vitest"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Schema } from "effect"
import { OpenApi } from "effect/http-api"
import { Board } from "#domain/model/index.ts"
import { listPathOf } from "#layers/blueprint/blueprint.ts"
import { apiOf } from "#layers/http/contract/api.ts"
import { problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"

type Document = Record<string, any>

const documentOf = (board: Board.Any) => JSON.parse(JSON.stringify(OpenApi.fromApi(apiOf(board)))) as Document

const operations = ({ paths }: Document): ReadonlyArray<readonly [string, Document]> =>
  Object.entries<Document>(paths).flatMap(([path, methods]) =>
    Object.entries<Document>(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const
    )
  )

const inBraces = (path: string) => path.replaceAll(/:([A-Za-z]+)/gu, "{$1}")

/** The names of the problems that a response may be. */
const problemsOf = (response: Document | undefined, { components }: Document): ReadonlyArray<string> =>
  JSON.stringify(response?.["content"] ?? {})
    .matchAll(/#\/components\/schemas\/([A-Za-z]+)/gu)
    .map(([, name]) => name!)
    .filter((name) => components.schemas[name].properties?.code)
    .toArray()

for (const board of [...appBoards, library]) {
  describe(`the OpenAPI document of ${board.title}`, () => {
    const document = documentOf(board)
    const known = new Map(operations(document))

    it("is valid", async () => {
      const { valid, errors } = await new Validator().validate(document)
      expect(errors).toBeUndefined()
      expect(valid).toBe(true)
    })

    it("has every endpoint, under the name of its element", () => {
      const expected = [
        ...Board.commandSlices(board).map(({ by, command }) => [`${by.method} ${inBraces(by.path)}`, command.name]),
        ...Board.views(board).map(({ by, shows }) => [`${by.method} ${inBraces(by.path)}`, shows.name]),
        ...Board.views(board).map((view) => [`GET ${listPathOf(view)}`, `${view.shows.name}List`]),
        ["GET /blueprint.json", "blueprint"],
        ["GET /blueprint.schema.json", "blueprintSchema"],
        ["GET /asyncapi.json", "asyncapi"],
        ["GET /schemas/{type}/{version}", "schema"],
        ["GET /channels", "channels"],
        ["GET /events", "events"],
        ["GET /facts", "facts"],
        ["GET /facts/{position}", "fact"],
        ["GET /facts/{position}/why", "why"],
        ["GET /operations", "operations"],
        ["GET /operations/at/{position}", "operationsAt"],
        ["GET /search", "search"],
        ["GET /health/live", "live"],
        ["GET /metrics", "metrics"],
        ["GET /health/ready", "ready"],
        ["GET /operations/parked", "parked"],
        ["POST /operations/parked/{id}/retry", "retryParked"],
        ["POST /operations/parked/{id}/dismiss", "dismissParked"],
        ["POST /operations/void/{position}", "voidPosition"],
        ["POST /live/session", "openLiveSession"],
        ["GET /session", "session"],
        ["POST /session", "signIn"],
        ["POST /session/development", "signInForDevelopment"],
        ["POST /session/end", "signOut"]
      ]
      expect([...known].map(([route, { operationId }]) => [route, operationId]).sort()).toEqual(expected.sort())
      for (const [, { summary }] of known) expect(summary).toBeTruthy()
    })

    it.each(Board.commandSlices(board))("has every response of $command.name", ({ by, command }) => {
      const { responses, requestBody, parameters } = known.get(`${by.method} ${inBraces(by.path)}`)!
      const rejections = command.rejects.map(({ identifier }: { identifier: string }) => identifier)
      const statuses = [
        "200",
        "201",
        "400",
        "401",
        "403",
        "404",
        "405",
        "406",
        "412",
        "413",
        "415",
        "421",
        "422",
        "429",
        "500",
        "503"
      ]
      expect(Object.keys(responses).sort()).toEqual([...statuses, ...(rejections.length > 0 ? ["409"] : [])].sort())
      expect(problemsOf(responses[409], document)).toEqual(rejections)
      expect(problemsOf(responses[503], document)).toEqual([
        "Overloaded",
        "TokensUncheckable",
        "LogUnavailable",
        "FactUnreadable",
        "LogDamaged",
        "LogFull",
        "Contended"
      ])
      expect(responses[503].headers).toHaveProperty("retry-after")
      expect([responses[200].description, responses[201].description]).toEqual([
        "Nothing had to be done; or, with `dryRun`, the events that would be appended",
        "Accepted: its events are in the log, from this request or an earlier one"
      ])
      expect(Object.keys(responses[201].headers)).toEqual(["etag", "x-correlation-id"])
      expect(Object.keys(requestBody.content)).toEqual(["application/json", "application/cloudevents+json"])
      expect(parameters.map(({ name }: Document) => name)).toContain("idempotency-key")
    })

    it.each(Board.views(board))("has every response of $shows.name", ({ by, key }) => {
      const { responses, parameters } = known.get(`${by.method} ${inBraces(by.path)}`)!
      expect(Object.keys(responses)).toEqual([
        "200",
        "304",
        "400",
        "401",
        "403",
        "404",
        "405",
        "406",
        "412",
        "421",
        "429",
        "500",
        "503"
      ])
      expect(problemsOf(responses[503], document)).toEqual([
        "Overloaded",
        "TokensUncheckable",
        "ViewBehind",
        "ViewRebuilding",
        "StoreUnavailable",
        "LogUnavailable"
      ])
      expect(parameters.map(({ name }: Document) => name)).toEqual([...Object.keys(key), "if-none-match", "after"])
    })

    it("describes each schema once, under its own name", () => {
      const rejections = Board.commandSlices(board).flatMap(({ command }) => command.rejects.map(rejectionProblem))
      const names = [
        ...Board.commandSlices(board).flatMap(({ command: { name } }) => [name, `${name}Request`, `${name}CloudEvent`]),
        ...Board.views(board).map(({ shows }) => shows.name),
        ...[...Object.values(problems), ...rejections].map(({ code }) => code)
      ]
      const found = Object.keys(document["components"].schemas)
      expect(found).toEqual(expect.arrayContaining(names))
      for (const name of found) expect(name).toMatch(/^[A-Za-z]+$/u)
    })

    it("describes each problem with its code, its status, and its own fields", () => {
      const rejections = Board.commandSlices(board).flatMap(({ command }) => command.rejects.map(rejectionProblem))
      for (const { code, status, fields = {}, description } of [...Object.values(problems), ...rejections]) {
        const schema = document["components"].schemas[code]
        expect(schema.properties.code.enum).toEqual([code])
        expect(schema.properties.status.enum).toEqual([status])
        expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(fields)))
        expect(schema.description).toBe(description)
      }
    })
  })
}

it("a document cannot be built with a rejection that has a field of problem details", () => {
  class Full extends Schema.TaggedClass<Full>()("Full", { status: Schema.String }) {}
  expect(() => rejectionProblem(Full)).toThrow('The rejection Full has a field "status"')
})
