import { Effect } from "effect"
import type { Fault } from "./Fault.ts"
import { NotInjected } from "./Fault.ts"

const dieTimeout = "10 seconds"

/** An app dies at the very moment when it passes this point. Whichever comes there first; the other is spared. */
const dieAt = (name: string, point: string, title: string): Fault => ({
  name,
  title,
  target: "app",
  durationSeconds: [0, 1],
  inject: Effect.fnUntraced(function* ({ apps }) {
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
        orElse: () => Effect.fail(new NotInjected({ reason: `nobody came to ${point}` }))
      }),
      Effect.ensuring(Effect.sync(() => apps.forEach((app) => app.sendOrder({ dieAt: null }))))
    )
    return victim
  })
})

export const dieAtFaults: ReadonlyArray<Fault> = [
  dieAt("dies-after-append", "after-append", "an app dies when its facts are stored, before it answers"),
  dieAt(
    "dies-before-ack-of-automation",
    "before-ack:automation-schedule-cleaning",
    "an app dies when the bot has acted, before that is acknowledged"
  ),
  dieAt(
    "dies-before-ack-of-view",
    "before-ack:view-booking-v1",
    "an app dies when rows and progress are written, before that is acknowledged"
  ),
  dieAt("dies-before-progress", "before-progress", "an app dies when rows are written, before the progress is")
]
