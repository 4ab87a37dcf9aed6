import { Result } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import { readersOf } from "#layers/access/Access.ts"
import { listPathOf } from "#layers/blueprint/blueprint.ts"
import { Rows } from "#layers/contract/operationsSchema.ts"
import { scanProblems } from "#layers/http/monitoring/scanProblems.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { conditional, describedString, etagHeader, varyHeader } from "#layers/http/request/endpointSchemas.ts"
import { ifNoneMatch, limitParam, parameter, type Parameter, positionParam } from "#layers/http/request/parameters.ts"
import { pointInLogParam } from "#layers/http/request/pointInLogParam.ts"
import { singleValue } from "#layers/http/request/queryParams.ts"
import { rangeParams } from "#layers/http/request/rangeParams.ts"
import { progressResponse } from "#layers/http/response/sse.ts"

const maxRowsPerPage = 5_000

/** The key of the last row of a page, as in `next` of its response. */
const nextParam = ({ key }: Slice.View<any, any>): Parameter<ReadonlyArray<string>, false> =>
  parameter(
    describedString("Continue after the previous page: its `next`"),
    singleValue((value) => {
      const texts = Key.fromBucketKey(key, value)
      return texts ? Result.succeed(texts) : Result.fail(["Expected the `next` of the previous page"])
    })
  )

/** The endpoint for the rows of a view, filtered by the fields of its key. */
export const rowsEndpoint = (slice: Slice.View<any, any>) =>
  declareEndpoint({
    name: `${slice.shows.name}List`,
    method: "GET",
    path: listPathOf(slice),
    access: readersOf(slice.by),
    summary: `${slice.title}: many rows at once`,
    description: "With `accept: text/event-stream`, the progress of rows as of a position is sent before the result.",
    query: {
      // Their names are those of the board, so the type of the query does not have them.
      ...(rangeParams(slice) as {}),
      limit: limitParam(maxRowsPerPage),
      next: nextParam(slice),
      after: positionParam("Respond once the view has reached this position of the log"),
      at: pointInLogParam("As of this position of the log, or as of an instant that has passed: `2022-12-12T10:00:00Z`")
    },
    headers: { "if-none-match": ifNoneMatch },
    success: [...conditional(Rows, { ...etagHeader, ...varyHeader }), progressResponse(Rows)],
    problemTypes: [...scanProblems, problems.TooMuchToFold, problems.ViewBehind, problems.ViewRebuilding]
  })
