import { Board, Name, type Slice, Upcast } from "#domain/model/index.ts"
import { bucketOf, checkpointsBucket, progressKey } from "#layers/buckets/bucketNames.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"

/** The subscription of a view: each view has a consumer. */
export const viewSubscription = (board: Board.Any, view: Slice.View<any, any>): Subscription => ({
  name: `view-${bucketOf(view)}`,
  types: Upcast.storedTypes(board, view.shows.reads),
  checkpoint: { bucket: bucketOf(view), key: progressKey }
})

/** The subscription of an automation: each automation has a consumer. */
export const automationSubscription = (
  board: Board.Any,
  { name: automationName, when }: Slice.AnyAutomation
): Subscription => {
  const name = `automation-${Name.kebab(automationName)}`
  return { name, types: Upcast.storedTypes(board, when), checkpoint: { bucket: checkpointsBucket, key: name } }
}

/** The subscriptions of all processors of a board, with the processors' names. */
export const subscriptions = (board: Board.Any) => ({
  views: Board.views(board).map((view) => ({
    name: view.shows.name as string,
    subscription: viewSubscription(board, view)
  })),
  automations: Board.automations(board).map((automation) => ({
    name: automation.name as string,
    subscription: automationSubscription(board, automation)
  }))
})
