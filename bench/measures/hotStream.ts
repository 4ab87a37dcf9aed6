import { Effect } from "effect"
import { assertAccepted } from "../assertAccepted.ts"
import { commandsOn, openBoard } from "../environment.ts"
import { ledgers, WriteByNewest } from "../invoiceBoard.ts"
import { atLeast, type Environment, make, throughput, type Turn } from "../Measure.ts"
import { perSecond } from "../timing.ts"

const hot = { id: 1 }
/** So many that no two commands are on the same one at once. */
const others = Array.from({ length: 2_000 }, (_, n) => ({ id: n + 2 }))

const openLedgers = Effect.fnUntraced(function* (environment: Environment) {
  const all = yield* openBoard(environment, ledgers)
  const commands = yield* commandsOn(ledgers, all)
  const write = (ledger: { readonly id: number }) =>
    Effect.map(commands.execute(WriteByNewest, { ledger }, { actor: "Anybody" }), assertAccepted(1))
  yield* Effect.forEach([hot, ...others], write, { concurrency: 64, discard: true })
  yield* all.settle
  return { ...all, write }
})
type World = Effect.Success<ReturnType<typeof openLedgers>>

/** Commands that come at once on the same event stream: each is decided on the events of the one before. */
export const hotStream = make({
  ...throughput,
  name: "hot-stream",
  title: "execute on one event stream: each invoice has the next number",
  against: "the same command on as many event streams as there are commands at once",
  concurrency: [1, 64, 256],
  target: () => atLeast(0.5),
  setup: openLedgers,
  ours: ({ write }: World, turn: Turn) => perSecond(turn, () => write(hot)),
  baseline: ({ write }: World, turn: Turn) => perSecond(turn, (n) => write(others[n % others.length]!)),
  settle: ({ settle }: World) => settle
})
