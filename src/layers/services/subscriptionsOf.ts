import { Board, type Event, Name, type Slice } from "#domain/model/index.ts"
import { bucketOf, checkpointsBucket, progressKey } from "./buckets.ts"
import type { Subscription } from "./Subscriptions.ts"

const typesOf = (facts: ReadonlyArray<Event.Any>) => facts.map(({ identifier }) => identifier)

/** How a view reads the log: a consumer of its own. */
export const ofView = (view: Slice.View<any, any>): Subscription => ({
  name: `view-${bucketOf(view)}`,
  types: typesOf(view.shows.reads),
  checkpoint: { bucket: bucketOf(view), key: progressKey }
})

/** How an automation reads the log: a consumer of its own. */
export const ofAutomation = ({ name: of, when }: Slice.Automation<any, any>): Subscription => {
  const name = `automation-${Name.kebab(of)}`
  return { name, types: typesOf(when), checkpoint: { bucket: checkpointsBucket, key: name } }
}

/** All that follows the log, by the name it has on the wall. */
export const followers = (board: Board.Any) => ({
  views: Board.views(board).map((view) => ({ name: view.shows.name as string, subscription: ofView(view) })),
  automations: Board.automations(board).map((automation) => ({
    name: automation.name as string,
    subscription: ofAutomation(automation)
  }))
})
