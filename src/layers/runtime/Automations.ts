import { Board, type Slice } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { Consumers } from "../Consumers.ts"
import type { Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import { Commands } from "./Commands.ts"
import { ofAutomation } from "./followers.ts"
import { persist, supervise } from "./supervise.ts"

/** How many places an automation works on at once; facts of one place are taken in their order. */
const atOnce = 32

const follow = Effect.fnUntraced(function* (automation: Slice.Automation<any, any>) {
  const consumers = yield* Consumers
  const commands = yield* Commands
  const name = `automation ${automation.name}`

  /** The command id comes from the fact's, so that a fact handed over twice is answered once. */
  const answer = (cause: Recorded) =>
    Effect.forEach(automation.react(cause.fact), (input, n) =>
      commands
        .execute(automation.issues, input, {
          actor: automation.by.name,
          commandId: derive(`${cause.id}/${automation.name}/${n}`),
          correlationId: cause.correlationId,
          causationId: cause.id,
          traceparent: cause.traceparent
        })
        .pipe(
          Effect.catchTag("Refused", ({ refusal }) =>
            Effect.logDebug(`${automation.name}: ${automation.issues.name} was refused: ${refusal._tag}`)
          )
        )
    )

  yield* consumers
    .run(ofAutomation(automation), (batch) =>
      Effect.forEach(
        Map.groupBy(batch, ({ place }) => place).values(),
        (facts) => Effect.forEach(facts, (fact) => persist(name, answer(fact)), { discard: true }),
        { concurrency: atOnce, discard: true }
      )
    )
    .pipe((run) => supervise(name, run))
})

/** The gears of the board: fact in, command out. */
export const layer = (board: Board.Any) =>
  Layer.effectDiscard(Effect.forEach(Board.automations(board), follow, { discard: true }))
