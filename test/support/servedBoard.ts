import { assert } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Context, Effect, Layer, Schema } from "effect"
import { Board } from "#domain/model/index.ts"
import { problemSchema } from "#layers/http/problems/problemSchemas.ts"
import { problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import { start } from "#layers/http/server/httpServer.ts"
import type { Authentication } from "#layers/http/session/sessionRoutes.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: any
}

interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: RequestInit["body"]
}

type Document = Record<string, any>

/** A served board, with plain requests whose responses must match the OpenAPI document. */
export class ServedBoard extends Context.Service<
  ServedBoard,
  {
    readonly url: string
    readonly openapi: Document
    /** Sends a request, and checks the response against the OpenAPI document. */
    readonly call: (path: string, options?: RequestOptions) => Effect.Effect<Answer>
    /** `call` with PUT and a JSON body. */
    readonly put: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Effect.Effect<Answer>
  }
>()("test/ServedBoard") {}

const fetchAnswer = (url: string, options: RequestOptions = {}) =>
  Effect.promise(async (signal): Promise<Answer> => {
    // A stream is sent in chunks, without a length.
    const streamed = options.body instanceof ReadableStream ? { duplex: "half" } : {}
    const response = await fetch(url, { ...options, ...streamed, signal } as RequestInit)
    const text = await response.text()
    const isJson = /[/+]json/u.test(response.headers.get("content-type") ?? "")
    return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : null }
  })

const templateOf = (openapi: Document, path: string): string | undefined =>
  Object.keys(openapi["paths"]).find((template) =>
    new RegExp(`^${template.replaceAll(/\{[^}]+\}/gu, "[^/]*")}$`, "u").test(path.split("?")[0]!)
  )

/** Returns why a value does not match a schema of the document; `undefined` if it does. */
type SchemaCheck = (path: ReadonlyArray<string>, value: unknown) => string | undefined

const schemaCheckerOf = (openapi: Document): SchemaCheck => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(openapi, "openapi")
  const escape = (name: string) => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))
  return (path, value) => {
    const schema = `openapi#/${path.map(escape).join("/")}`
    return ajv.validate(schema, value) ? undefined : ajv.errorsText()
  }
}

/** Headers of every response, and of the transport. */
const commonHeaderNames = new Set([
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "transfer-encoding",
  "x-content-type-options"
])

/** Asserts that the document describes a response: its status, its content type, its headers, its body. */
const assertDescribed = (openapi: Document, checkSchema: SchemaCheck, path: string, method: string, answer: Answer) => {
  const { body, headers, status } = answer
  const template = templateOf(openapi, path)
  const verb = method === "HEAD" ? "get" : method.toLowerCase()
  const operation = template && openapi["paths"][template][verb]
  if (!operation) return assert.include([204, 404, 405], status, `${method} ${path} is not described`)
  const described = operation.responses[status]
  assert.isDefined(described, `${method} ${path} does not describe ${status}`)
  const contentType = headers.get("content-type")
  if (contentType) assert.property(described.content, contentType)
  if (body !== null) {
    const mismatch = checkSchema(
      ["paths", template, verb, "responses", `${status}`, "content", contentType!, "schema"],
      body
    )
    assert.isUndefined(mismatch, `${status} of ${method} ${path}: ${mismatch}`)
  }
  const describedHeaders: Document = described.headers ?? {}
  for (const [name, { required }] of Object.entries<Document>(describedHeaders)) {
    if (required) assert.isTrue(headers.has(name), `${status} of ${method} ${path} has no ${name}`)
  }
  for (const name of headers.keys()) {
    if (!commonHeaderNames.has(name)) {
      assert.property(describedHeaders, name, `${status} of ${method} ${path} does not describe its header ${name}`)
    }
  }
}

const problemDecoders = (board: Board.Any) =>
  new Map(
    [...Object.values(problems), ...Board.commands(board).flatMap(({ rejects }) => rejects.map(rejectionProblem))].map(
      (kind) => [
        kind.code,
        Schema.decodeUnknownSync(Schema.toCodecJson(problemSchema(kind) as unknown as Schema.Codec<Document>), {
          onExcessProperty: "error"
        })
      ]
    )
  )

/** What no error may reveal: stacks, files, servers, subjects of NATS, tokens and keys. */
const secrets: Readonly<Record<string, RegExp>> = {
  "a stack": /\n\s+at |\bat \w+ \(/u,
  "a file": /node_modules|\.[cm]?[jt]s:\d|file:\/\/|\/(?:home|root|tmp|usr|work|src)\//u,
  "a server": /nats:\/\/|\b(?:\d{1,3}\.){3}\d{1,3}:\d+/u,
  "a subject of NATS": /\$(?:JS|KV|SYS)\b|_INBOX/u,
  "a token or key": /eyJ[\w-]+\.eyJ|\bS[UA][A-Z2-7]{56}\b|BEGIN [A-Z ]*PRIVATE KEY/u
}

const assertRevealsNothing = ({ status, text }: Answer) => {
  for (const [what, pattern] of Object.entries(secrets)) assert.notMatch(text, pattern, `a ${status} reveals ${what}`)
}

/** Asserts the properties that every response has. */
const commonHeadersAssertion = (board: Board.Any) => {
  const decoders = problemDecoders(board)
  return (answer: Answer) => {
    const { status, headers, body } = answer
    assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
    assert.strictEqual(headers.get("cache-control"), "no-store")
    if (status >= 400) assertRevealsNothing(answer)
    if (status < 400 || body === null || body.log !== undefined) return
    assert.strictEqual(headers.get("content-type"), "application/problem+json")
    const decode = decoders.get(body.code)
    assert.isDefined(decode, `${body.code} is no problem of this board`)
    assert.strictEqual(decode!(body)["status"], status)
  }
}

const make = (board: Board.Any, url: string, ownHeaders: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const openapi: Document = (yield* fetchAnswer(`${url}/openapi.json`, { headers: ownHeaders })).body
    const assertCommonHeaders = commonHeadersAssertion(board)
    const checkSchema = schemaCheckerOf(openapi)
    const call = (path: string, options: RequestOptions = {}) =>
      Effect.tap(
        fetchAnswer(`${url}${path}`, { ...options, headers: { ...ownHeaders, ...options.headers } }),
        (answer) =>
          Effect.sync(() => {
            assertCommonHeaders(answer)
            assertDescribed(openapi, checkSchema, path, options.method ?? "GET", answer)
          })
      )
    return ServedBoard.of({
      url,
      openapi,
      call,
      put: (path, body, headers) =>
        call(path, {
          method: "PUT",
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body)
        })
    })
  })

const host = "127.0.0.1"

interface ServedOptions {
  readonly authentication?: Authentication
  /** Headers of every request, such as a token. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Serves a running board on a free port. */
export const servedBoard = (board: Board.Any, { authentication, headers = {} }: ServedOptions = {}) =>
  Layer.effect(
    ServedBoard,
    Effect.flatMap(start(board, { host, port: 0, authentication }), ({ url }) => make(board, url, headers))
  )
