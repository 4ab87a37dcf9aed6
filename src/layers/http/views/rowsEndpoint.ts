import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Slice } from "#domain/model/index.ts"
import { listPathOf } from "#layers/blueprint/blueprint.ts"
import { Rows } from "#layers/contract/operationsSchema.ts"
import {
  endpointFactory,
  ifNoneMatchHeader,
  notModified,
  positionSchema,
  progressResponse,
  scanProblems
} from "#layers/http/monitoring/endpointFactory.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { etagHeader, describedString } from "#layers/http/request/endpointSchemas.ts"
import { maxRowsPerPage } from "./rowsRoute.ts"

/** The endpoint for the rows of a view, filtered by the fields of its key. */
export const rowsEndpoint = (slice: Slice.View<any, any>, errors: ErrorSchemas) => {
  const keyFields = Object.keys(slice.key)
  const keyParam = describedString(
    "A value as in a path, or a range that includes its ends: `1..20`, `2022-12-01..`, `..2022-12-31`"
  )
  return endpointFactory(errors)(`${slice.shows.name}List`, listPathOf(slice), {
    summary: `${slice.title}: many rows at once`,
    description: "With `accept: text/event-stream`, the progress of rows as of a position is sent before the result.",
    query: {
      ...Object.fromEntries(keyFields.map((name) => [name, keyParam])),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxRowsPerPage })),
      next: describedString("Continue after the previous page: its `next`"),
      after: positionSchema("Respond once the view has reached this position of the log"),
      at: positionSchema("As of this position of the log")
    },
    headers: ifNoneMatchHeader,
    success: [HttpApiSchema.WithHeaders(Rows, etagHeader), progressResponse(Rows), notModified],
    problemTypes: [...scanProblems, problems.TooMuchToFold, problems.ViewBehind, problems.ViewRebuilding]
  })
}
