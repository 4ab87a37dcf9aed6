import { Data } from "effect"

/** The view did not reach the position in time. `lag` is how many facts it has before it. */
export class ViewBehind extends Data.TaggedError("ViewBehind")<{
  readonly view: string
  readonly after: number
  readonly position: number
  readonly lag: number
}> {
  override get message() {
    const pending = this.lag > 0 ? `it has ${this.lag} facts to take` : "and nothing newer is on its way to it"
    return `${this.view} knows position ${this.position}, not ${this.after} yet: ${pending}. Try again.`
  }
}

/**
 * The view does not have yet what the log had when this process started, or when its rows were rebuilt: it has come to
 * `position` of `target`.
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
    const progress = target === undefined ? "" : `: it has come to position ${position} of ${target}`
    return `${view} is being built from the log${progress}. Try again in a moment.`
  }
}
