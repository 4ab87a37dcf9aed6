import { Data } from "effect"

/** The view did not reach the position `after` in time. `lag` is how many events it has not processed yet. */
export class ViewBehind extends Data.TaggedError("ViewBehind")<{
  readonly view: string
  readonly after: number
  readonly position: number
  readonly lag: number
}> {
  override get message() {
    const pending = this.lag > 0 ? `${this.lag} events pending` : "no newer event is pending"
    return `${this.view} is at position ${this.position}; ${this.after} was requested (${pending}). Try again.`
  }
}

/**
 * The view has not reached `target` yet, the end of the log when this process started or when the rebuild of its rows began.
 */
export class ViewRebuilding extends Data.TaggedError("ViewRebuilding")<{
  readonly view: string
  readonly position: number
  readonly target: number | undefined
  readonly isStandingBy: boolean
}> {
  override get message() {
    const { isStandingBy, position, target, view } = this
    if (isStandingBy) return `Another instance runs other code of ${view} and has rebuilt its rows. Ask that instance.`
    const progress = target === undefined ? "" : `: it is at position ${position} of ${target}`
    return `${view} is being built from the log${progress}. Try again in a moment.`
  }
}
