import { Context, Effect, Layer } from "effect"
import { Audit, type Line } from "../Audit.ts"

/** The lines that were written, oldest first. */
export class AuditLines extends Context.Service<AuditLines, { readonly lines: Array<Line> }>()(
  "layers/memory/AuditLines"
) {}

export const layer = Layer.effectContext(
  Effect.sync(() => {
    const lines: Array<Line> = []
    return Context.make(AuditLines, { lines }).pipe(
      Context.add(Audit, { write: (line) => Effect.sync(() => void lines.push(line)) })
    )
  })
)
