import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { type Answer, ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

type Document = Record<string, any>

interface Operation {
  readonly path: string
  readonly method: string
  readonly parameters: ReadonlyArray<Document>
  readonly hasBody: boolean
}

const json = "application/json"

/** A valid value for each parameter of a path. */
const inPath: Readonly<Record<string, string>> = {
  book: "moby",
  client: "1",
  date: "2022-12-12",
  id: "none",
  position: "1",
  reader: "ann",
  room: "1"
}

const operationsOf = (openapi: Document): ReadonlyArray<Operation> =>
  Object.entries<Document>(openapi["paths"]).flatMap(([path, methods]) =>
    Object.entries<Document>(methods).map(([method, { parameters, requestBody }]) => ({
      path,
      method: method.toUpperCase(),
      parameters,
      hasBody: requestBody !== undefined
    }))
  )

const pathOf = (template: string, values: Readonly<Record<string, string>> = {}) =>
  template.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
    encodeURIComponent({ ...inPath, ...values }[name] ?? "missing")
  )

const send = ({ method, path }: Operation, target: string, more: Document = {}) =>
  Effect.flatMap(ServedBoard, ({ call }) =>
    call(target, {
      method,
      ...(method !== "GET" && { body: "{}" }),
      ...more,
      headers: { ...(method !== "GET" && { "content-type": json }), ...more["headers"] }
    })
  ).pipe(Effect.map((answer) => ({ answer, where: `${method} ${path}: ${target}` })))

const errorPaths = ({ body, status }: Answer): ReadonlyArray<string> =>
  status === 400 ? body.errors.map(({ path }: Document) => path) : []

const numbersBeyond = ({ maximum, minimum }: Document): ReadonlyArray<string> => [
  `${minimum - 1}`,
  `0${minimum}`,
  "1e3",
  "",
  ...(maximum < Number.MAX_SAFE_INTEGER ? [`${maximum + 1}`] : ["9007199254740993"])
]

/** Values that a parameter's schema does not describe, as queries. */
const undescribedQueries = ({ name, schema }: Document): ReadonlyArray<string> => {
  if (schema.type === "integer") {
    return [...numbersBeyond(schema).map((value) => `${name}=${value}`), `${name}=1&${name}=2`]
  }
  const items = schema.type === "array" ? schema.items : schema
  return [
    ...(items.enum ? [`${name}=undescribed`] : []),
    ...(items.pattern ? [`${name}=`] : []),
    ...(schema.type === "array" ? [] : [`${name}=1&${name}=1`])
  ]
}

/** Values at the limits of what a parameter's schema describes. */
const describedQueries = ({ name, schema }: Document): ReadonlyArray<string> => {
  if (schema.type === "integer") {
    const { maximum, minimum } = schema
    return [minimum, ...(maximum < Number.MAX_SAFE_INTEGER ? [maximum] : [])].map((value) => `${name}=${value}`)
  }
  const items = schema.type === "array" ? schema.items : schema
  const values: ReadonlyArray<string> = items.enum ?? []
  return schema.type === "array" && values.length > 0
    ? [values.map((value) => `${name}=${value}`).join("&")]
    : values.map((value) => `${name}=${value}`)
}

const inQuery = ({ parameters }: Operation) => parameters.filter((parameter) => parameter["in"] === "query")

for (const board of [...appBoards, library]) {
  const served = servedBoard(board).pipe(Layer.provideMerge(runningBoard(board, memoryBackend)))

  describe(`what the OpenAPI document of ${board.title} says about requests`, () => {
    layer(served, { excludeTestServices: true })("holds for", (it) => {
      const each = <E>(check: (operation: Operation) => Effect.Effect<void, E, ServedBoard>) =>
        Effect.gen(function* () {
          const operations = operationsOf((yield* ServedBoard).openapi)
          assert.isAbove(operations.length, 10)
          yield* Effect.forEach(operations, check)
        })

      it.effect("values of a query that it does not describe: 400", () =>
        each((operation) =>
          Effect.gen(function* () {
            for (const parameter of inQuery(operation)) {
              for (const query of undescribedQueries(parameter)) {
                const { answer, where } = yield* send(operation, `${pathOf(operation.path)}?${query}`)
                assert.include(errorPaths(answer), parameter["name"], where)
              }
              if (!parameter["required"]) continue
              const { answer, where } = yield* send(operation, `${pathOf(operation.path)}?nope=1`)
              assert.includeMembers([...errorPaths(answer)], [parameter["name"], "nope"], where)
            }
          })
        )
      )

      it.effect("values of a query at the limits that it describes", () =>
        each((operation) =>
          Effect.gen(function* () {
            for (const parameter of inQuery(operation)) {
              for (const query of describedQueries(parameter)) {
                // A parameter beside it that does not exist, so that nothing runs and no stream begins.
                const { answer, where } = yield* send(operation, `${pathOf(operation.path)}?${query}&nope=1`)
                assert.include(errorPaths(answer), "nope", where)
                assert.notInclude(errorPaths(answer), parameter["name"], where)
              }
            }
          })
        )
      )

      it.effect("numbers in a path, together with errors elsewhere", () =>
        each((operation) =>
          Effect.gen(function* () {
            for (const { name, schema, in: place } of operation.parameters) {
              if (place !== "path" || schema.type !== "integer") continue
              for (const value of numbersBeyond(schema).filter((value) => value !== "")) {
                const { answer, where } = yield* send(operation, `${pathOf(operation.path, { [name]: value })}?nope=1`)
                const inBody = operation.hasBody ? ["reason"] : []
                assert.sameMembers([...errorPaths(answer)], [name, "nope", ...inBody], where)
              }
            }
          })
        )
      )

      it.effect("bodies, and their content type", () =>
        each((operation) =>
          Effect.gen(function* () {
            if (operation.method === "GET") return
            const path = pathOf(operation.path)
            const codeOf = (more: Document) =>
              Effect.map(send(operation, path, more), ({ answer: { body, status } }) => [status, body.code])
            assert.deepStrictEqual(yield* codeOf({ headers: { "content-type": "text/plain" } }), [
              415,
              "UnsupportedMediaType"
            ])
            if (!operation.hasBody) return
            assert.deepStrictEqual(yield* codeOf({ body: " ".repeat(65_537) }), [413, "BodyTooLarge"])
            assert.deepStrictEqual(yield* codeOf({ body: new Uint8Array([0x7b, 0xff, 0x7d]) }), [400, "InvalidRequest"])
          })
        )
      )

      it.effect("a correlation id: problems repeat it", () =>
        each((operation) =>
          Effect.gen(function* () {
            const headers = { "x-correlation-id": "trip-7" }
            const { answer, where } = yield* send(operation, `${pathOf(operation.path)}?nope=1`, { headers })
            assert.strictEqual(answer.headers.get("x-correlation-id"), "trip-7", where)
            assert.strictEqual(answer.body.correlationId, "trip-7", where)
          })
        )
      )
    })
  })
}
