import { Effect } from "effect"
import { automationSubscription, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { type Fault, NotInjected, type World } from "./Fault.ts"

const dieTimeout = "10 seconds"

/** The first app that passes this fail point dies; the other keeps running. `pointOf` is undefined where none passes it. */
const dieAt = (name: string, pointOf: (world: World) => string | undefined, title: string): Fault => ({
  name,
  title,
  target: "app",
  durationSeconds: [0, 1],
  unavailableReason: (world) => (pointOf(world) === undefined ? "needs an automation with much to do" : undefined),
  inject: Effect.fnUntraced(function* (world) {
    const { apps } = world
    const point = pointOf(world)!
    const running = apps.filter(({ process }) => process.isRunning)
    const exits = running.map((app) =>
      Effect.as(
        Effect.promise(() => app.process.ended),
        app.name
      )
    )
    for (const app of running) app.sendOrder({ dieAt: point })
    const victim = yield* Effect.raceAllFirst(exits).pipe(
      Effect.timeoutOrElse({
        duration: dieTimeout,
        orElse: () => Effect.fail(new NotInjected({ reason: `no app passed ${point}` }))
      }),
      Effect.ensuring(Effect.sync(() => apps.forEach((app) => app.sendOrder({ dieAt: null }))))
    )
    return victim
  })
})

export const dieAtFaults: ReadonlyArray<Fault> = [
  dieAt("dies-after-append", () => "after-append", "an app dies when its events are stored, before it answers"),
  dieAt(
    "dies-before-ack-of-automation",
    ({ load }) => {
      const { automation } = load.board.busy
      return automation && `before-ack:${automationSubscription(load.board.board, automation).name}`
    },
    "an app dies when the bot has reacted, before the acknowledgement"
  ),
  dieAt(
    "dies-before-ack-of-view",
    ({ load }) => `before-ack:${viewSubscription(load.board.board, load.board.busy.view).name}`,
    "an app dies when rows and checkpoint are written, before the acknowledgement"
  ),
  dieAt("dies-before-progress", () => "before-progress", "an app dies when rows are written, before the checkpoint")
]
