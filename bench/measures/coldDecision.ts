import { Effect } from "effect"
import { assertAccepted } from "../assertAccepted.ts"
import { bulkLoad } from "../bulkLoad.ts"
import { commandsOn, openBoard } from "../environment.ts"
import { InvoiceWritten, ledgers, WriteByNewest, WriteBySnapshot } from "../invoiceBoard.ts"
import { atMost, type Environment, make, type Turn } from "../Measure.ts"
import { messageEncoder } from "../preparedMessages.ts"
import { medianAndP99, timeEach } from "../timing.ts"

const encodeRaw = messageEncoder(ledgers)
const long = { id: 1 }
const shortLength = 10
/** Enough for all rounds: a decision makes a short ledger longer. */
const shortLedgers = Array.from({ length: 1_000 }, (_, n) => ({ id: n + 2 }))

function* invoices(ledger: { readonly id: number }, count: number) {
  for (let number = 1; number <= count; number++)
    yield encodeRaw(new InvoiceWritten({ ledger, number }), { command: "WriteByNewest", index: number })
}

const openLedgers = Effect.fnUntraced(function* (environment: Environment, written: typeof WriteByNewest) {
  const all = yield* openBoard(environment, ledgers)
  yield* Effect.tryPromise(() => bulkLoad(all.nats, invoices(long, environment.quick ? 1_000 : 100_000)))
  const short = shortLedgers.flatMap((ledger) => [...invoices(ledger, shortLength)])
  yield* Effect.tryPromise(() => bulkLoad(all.nats, short))
  const { execute } = yield* commandsOn(ledgers, all)
  // Stores the first state, and a few more events than the state has.
  for (let n = 0; n < 3; n++) yield* execute(written, { ledger: long }, { actor: "Anybody" })
  yield* all.settle
  let used = 0
  return { ...all, nextShort: () => shortLedgers[used++]! }
})
type World = Effect.Success<ReturnType<typeof openLedgers>>

/** Each decision is made by commands without a cache, as after a start. */
const decide = (
  world: World,
  { count }: Turn,
  written: typeof WriteByNewest,
  nextLedger: () => { readonly id: number }
) =>
  Effect.gen(function* () {
    const starts = yield* Effect.forEach(Array.from({ length: count }), () => commandsOn(ledgers, world))
    const millis = yield* timeEach(count, (n) =>
      Effect.map(starts[n]!.execute(written, { ledger: nextLedger() }, { actor: "Anybody" }), assertAccepted(1))
    )
    return medianAndP99(millis)
  }).pipe(Effect.scoped)

const coldDecision = (history: string, written: typeof WriteByNewest) =>
  make({
    name: `cold-${history}`,
    title: `p50 of a cold decision on an event stream of 100,000 events, by its ${history}`,
    against: "the same on one of 10 events",
    unit: "ms",
    concurrency: [1],
    syncs: ["2m", "always"],
    rounds: 7,
    warmUp: 20,
    count: 40,
    target: () => atMost(3),
    setup: (environment) => openLedgers(environment, written),
    ours: (world, turn) => decide(world, turn, written, () => long),
    baseline: (world, turn) => decide(world, turn, written, world.nextShort),
    settle: ({ settle }) => settle
  })

export const coldDecisions = [coldDecision("newest", WriteByNewest), coldDecision("snapshots", WriteBySnapshot)]
