import { Context } from "effect"

/**
 * Named moments between two steps that a crash may separate. Nothing happens there; a test of faults puts something in
 * that kills or blocks the process at that very moment.
 */
export const FailPoint = Context.Reference<(point: string) => void>("layers/FailPoint", {
  defaultValue: () => () => {}
})
