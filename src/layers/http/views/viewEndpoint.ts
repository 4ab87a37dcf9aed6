import type { Schema } from "effect"
import type { Slice } from "#domain/model/index.ts"
import { readersOf } from "#layers/access/Access.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import {
  conditional,
  etagHeader,
  optionalFields,
  operationDescription,
  describedString
} from "#layers/http/request/endpointSchemas.ts"
import { keyParams } from "#layers/http/request/keyParams.ts"
import { ifNoneMatch, positionParam } from "#layers/http/request/parameters.ts"
import { servedRowSchema } from "#layers/views/rows/row.ts"

const ageHeader = describedString(
  "Seconds for which the row could not be checked, because the store was unreachable; absent while it can be"
)

/** A view as an endpoint, named after it: the fields of its key in the path, its row, and its problems. */
export const viewEndpoint = (slice: Slice.View<any, any>) => {
  const { by, key, shows, title } = slice
  const params = keyParams(key)
  const missingParameter = Object.keys(params).find((name) => !by.path.split("/").includes(`:${name}`))
  if (missingParameter !== undefined)
    throw new Error(`The path of ${shows.name}, ${by.path}, has no :${missingParameter} of its key.`)
  return declareEndpoint({
    name: shows.name,
    method: by.method,
    path: by.path,
    access: readersOf(by),
    summary: title,
    description: operationDescription(slice),
    params,
    query: { after: positionParam("Respond once the view has reached this position of the log") },
    headers: { "if-none-match": ifNoneMatch },
    success: conditional(servedRowSchema(slice) as Schema.Top, {
      ...etagHeader,
      ...optionalFields({ age: ageHeader })
    }),
    problemTypes: [problems.ViewBehind, problems.ViewRebuilding, problems.StoreUnavailable, problems.LogUnavailable]
  })
}
