import { Context } from "effect"

/**
 * Named points between two steps that a crash may separate. They do nothing by default; fault-injection tests provide a
 * function that kills or blocks the process there.
 */
export const FailPoint = Context.Reference<(point: string) => void>("layers/FailPoint", {
  defaultValue: () => () => {}
})
