import { statSync } from "node:fs"
import { Effect, Schema } from "effect"
import type { Board } from "#domain/model/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { codeDigest, readResults, resultsOf, noResults } from "#layers/blueprint/testResults.ts"
import { Blueprint } from "#layers/contract/blueprintSchema.ts"
import { jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { conditional, contentHeaders } from "#layers/http/request/endpointSchemas.ts"
import { ifNoneMatch } from "#layers/http/request/parameters.ts"
import { commonHeaders } from "#layers/http/response/responses.ts"
import { serveContent, StaticContent } from "#layers/http/static/StaticContent.ts"

/** The file with the results of the last test run, and the folders of the code that was tested. */
export interface TestResultsSource {
  readonly results: string
  readonly code: ReadonlyArray<string>
}

const modifiedAtMillis = (file: string): number => {
  try {
    return statSync(file).mtimeMs
  } catch {
    return 0
  }
}

const contentOf = (value: object) => new StaticContent(JSON.stringify(value), "application/json")

/**
 * Builds the document, and rebuilds it after another test run. The digest is of the code at the start, since that
 * code runs.
 */
const cachedDocument = (board: Board.Any, tested: TestResultsSource | undefined) => {
  const make = (blueprint: Blueprint) => contentOf(blueprint)
  if (!tested) {
    const document = make(blueprintOf(board, noResults))
    return () => document
  }
  const code = codeDigest(tested.code)
  let cached: { readonly at: number; readonly document: StaticContent } | undefined
  return () => {
    const at = modifiedAtMillis(tested.results)
    if (cached?.at !== at) {
      const results = resultsOf(board.name, code, readResults(tested.results))
      cached = { at, document: make(blueprintOf(board, results)) }
    }
    return cached.document
  }
}

const blueprintEndpoint = declareEndpoint({
  name: "blueprint",
  method: "GET",
  path: "/blueprint.json",
  summary: "The board as data, with the results of the last test run",
  headers: { "if-none-match": ifNoneMatch },
  success: conditional(Blueprint, contentHeaders),
  problemTypes: []
})

const schemaEndpoint = declareEndpoint({
  name: "blueprintSchema",
  method: "GET",
  path: "/blueprint.schema.json",
  summary: "The JSON Schema of the board as data",
  headers: { "if-none-match": ifNoneMatch },
  success: conditional(Schema.JsonObject, contentHeaders),
  problemTypes: []
})

export const blueprintEndpoints = [blueprintEndpoint, schemaEndpoint]

/** The blueprint, and its JSON Schema. */
export const blueprintRoutes = (board: Board.Any, tested: TestResultsSource | undefined) => {
  const currentDocument = cachedDocument(board, tested)
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: schemaEndpoint.path,
    ...jsonSchemaOf(Blueprint)
  }
  const schemaContent = contentOf(schema)
  return [
    declaredRoute(blueprintEndpoint, ({ request }) =>
      Effect.suspend(() => serveContent(request, currentDocument(), commonHeaders))
    ),
    declaredRoute(schemaEndpoint, ({ request }) => serveContent(request, schemaContent, commonHeaders))
  ]
}
