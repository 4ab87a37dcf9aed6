import type { View } from "../../../../../src/layers/contract/blueprintSchema.ts"
import type { Rows } from "../../../../../src/layers/contract/operationsSchema.ts"
import { hrefOf } from "../../wallHistory.ts"
import { cell, keyText, rowSubject, metadataFields } from "../../wallRows.ts"

/** Rows of a read model; the first field of each links to the row. */
export const RowsTable = ({ rows, view }: { readonly rows: Rows["rows"]; readonly view: View }) => {
  const keyFields = view.key.map(({ word }) => word)
  const otherFields = new Set(
    rows.flatMap((row) => Object.keys(row)).filter((word) => !keyFields.includes(word) && !metadataFields.has(word))
  )
  const columns = [...keyFields, ...otherFields]
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={`Rows of ${view.name}`}>
      <table class="rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const about = rowSubject(view, row)
            return (
              <tr key={JSON.stringify(about.words)}>
                {columns.map((column, n) => (
                  <td>
                    {n === 0 ? (
                      <a
                        href={hrefOf({ subject: about, filter: {} })}
                        aria-label={`${keyText(about) || view.name}: the row and its events`}
                      >
                        {cell(row[column])}
                      </a>
                    ) : (
                      cell(row[column])
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
