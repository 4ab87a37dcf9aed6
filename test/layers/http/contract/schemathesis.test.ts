import { spawn, spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { boardRoles } from "#layers/access/boardRoles.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { testAuthenticator, token } from "#test/support/testIssuer.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const isInstalled = spawnSync("schemathesis", ["--version"]).status === 0

/** Documented 503s, as for a position that a view has not reached, are answers: that leaves `not_a_server_error` out. */
const checks = [
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "ignored_auth"
]
const maxSeconds = 20

/** Sends generated requests to every operation of the document; resolves to the exit code and the output. */
const fuzz = (url: string, header: string, cwd: string) =>
  Effect.promise(
    () =>
      new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
        const options = ["--max-time", `${maxSeconds}`, "--request-timeout", "15", "--no-color", "--seed", "1"]
        // A stream without end has no answer that could be checked as a whole.
        const skipped = ["--exclude-path", "/events", "--phases", "coverage,fuzzing", "--suppress-health-check", "all"]
        const document = ["run", `${url}/openapi.json`, "--checks", checks.join(), "--generation-database", "none"]
        // It keeps a cache in its folder.
        const process = spawn("schemathesis", [...document, ...options, ...skipped, "-H", header], { cwd })
        let output = ""
        process.stdout.on("data", (chunk) => (output += String(chunk)))
        process.stderr.on("data", (chunk) => (output += String(chunk)))
        process.once("close", (code) => resolve({ code, output }))
      })
  )

describe("Every answer to generated requests is as the OpenAPI document says", () => {
  it.live.skipIf(!isInstalled)(
    "with a token of every role (schemathesis, if it is installed)",
    () =>
      Effect.gen(function* () {
        const { url } = yield* start(library, { host: "127.0.0.1", port: 0, authentication: testAuthenticator })
        const roles = boardRoles(library).map(({ name }) => name)
        const header = `Authorization: Bearer ${yield* Effect.promise(() => token({ roles }))}`
        const { code, output } = yield* fuzz(url, header, yield* temporaryFolder)
        assert.strictEqual(code, 0, output)
        assert.notInclude(output, "No test cases were generated")
      }).pipe(Effect.scoped, Effect.provide(runningBoard(library, memoryBackend))),
    (maxSeconds + 60) * 1_000
  )
})
