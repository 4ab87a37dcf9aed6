import { statSync } from "node:fs"
import { Schema } from "effect"
import type { Board } from "#domain/model/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { codeDigest, readResults, resultsOf, noResults } from "#layers/blueprint/testResults.ts"
import { Blueprint } from "#layers/contract/blueprintSchema.ts"
import { jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { contentEndpoint, contentRoute, jsonContent, onFirstRequest } from "#layers/http/static/contentRoute.ts"
import type { StaticContent } from "#layers/http/static/StaticContent.ts"

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

/**
 * Builds the document, and rebuilds it after another test run. The digest is of the code at the start, since that
 * code runs.
 */
const cachedDocument = (board: Board.Any, tested: TestResultsSource | undefined) => {
  if (!tested) return onFirstRequest(() => blueprintOf(board, noResults))
  const code = codeDigest(tested.code)
  let cached: { readonly at: number; readonly document: StaticContent } | undefined
  return () => {
    const at = modifiedAtMillis(tested.results)
    if (cached?.at !== at) {
      const results = resultsOf(board.name, code, readResults(tested.results))
      cached = { at, document: jsonContent(blueprintOf(board, results)) }
    }
    return cached.document
  }
}

const blueprintEndpoint = contentEndpoint(
  "blueprint",
  "/blueprint.json",
  "The board as data, with the results of the last test run",
  Blueprint
)

const schemaEndpoint = contentEndpoint(
  "blueprintSchema",
  "/blueprint.schema.json",
  "The JSON Schema of the board as data",
  Schema.JsonObject
)

export const blueprintEndpoints = [blueprintEndpoint, schemaEndpoint]

const schemaDocument = () => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: schemaEndpoint.path,
  ...jsonSchemaOf(Blueprint)
})

/** The blueprint, and its JSON Schema. */
export const blueprintRoutes = (board: Board.Any, tested: TestResultsSource | undefined) => [
  contentRoute(blueprintEndpoint, cachedDocument(board, tested)),
  contentRoute(schemaEndpoint, onFirstRequest(schemaDocument))
]
