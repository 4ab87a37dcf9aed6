import { Context, Effect, Layer } from "effect"
import { Audit, type Line } from "../Audit.ts"

/** The lines that were written, oldest first; a line of the same id is the same line. */
export class AuditLines extends Context.Service<AuditLines, { readonly lines: Array<Line> }>()(
  "layers/memory/AuditLines"
) {}

export const layer = Layer.effectContext(
  Effect.sync(() => {
    const lines: Array<Line> = []
    const ids = new Set<string>()
    return Context.make(AuditLines, { lines }).pipe(
      Context.add(Audit, {
        write: (line) =>
          Effect.sync(() => {
            if (ids.has(line.id)) return
            ids.add(line.id)
            lines.push(line)
          })
      })
    )
  })
)
