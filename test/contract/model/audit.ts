import { Name } from "#domain/grammar/index.ts"
import { Audit, type Line } from "#layers/Audit.ts"
import { AuditLines } from "#layers/memory/AuditMemory.ts"
import { Nats } from "#layers/nats/Nats.ts"
import { assert } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Arbitrary, Effect, Option, Schedule, Schema } from "effect"
import { BookIsOut } from "../../library/board.ts"
import { messagesOf } from "../../support/dump.ts"
import { freshBook, origin } from "../../support/library.ts"

const Write = Schema.Struct({
  /** The line some lines before once more, under its old id; 0 for a new one. */
  again: Schema.Literals([0, 0, 0, 1, 2, 5]),
  outcome: Schema.Literals(["refused", "unchanged"]),
  command: Schema.Literals(["BorrowBook", "ReturnBook"])
})
export const anyWrites = Arbitrary.array(Arbitrary.schema(Write), { minLength: 1, maxLength: 20 })

/** What is kept of a line, wherever it is. */
type Kept = Pick<Line, "id" | "command" | "commandId" | "actor" | "place" | "outcome"> & { readonly type: string }

const ofLine = ({ actor, command, commandId, id, outcome, place, refusal }: Line): Kept => ({
  id,
  command,
  commandId,
  actor,
  place,
  outcome,
  type: refusal?._tag ?? "Unchanged"
})

/** The lines of these places as they are kept: in memory, or in whatever stream takes them. */
const keptOf = Effect.fnUntraced(function* (places: ReadonlySet<string>) {
  const memory = yield* Effect.serviceOption(AuditLines)
  if (Option.isSome(memory)) return memory.value.lines.filter(({ place }) => places.has(place)).map(ofLine)
  const nats = Option.getOrThrow(yield* Effect.serviceOption(Nats))
  return yield* Effect.promise(async () => {
    const manager = await jetstreamManager(nats)
    const stream = await manager.streams.find("audit.refused.any.thing")
    const kept: Array<Kept> = []
    for (const { headers, subject } of await messagesOf(manager, stream)) {
      const [, outcome, command] = subject.split(".")
      if (outcome === "accepted") continue
      const read = (name: string) => decodeURIComponent(headers.find(([key]) => key === `ce-${name}`)?.[1][0] ?? "")
      const source = read("source").split("/").at(-1)!
      assert.strictEqual(command, Name.kebab(source))
      if (places.has(read("subject"))) {
        kept.push({
          id: read("id"),
          command: source,
          commandId: read("commandid"),
          actor: read("actor"),
          place: read("subject"),
          outcome: outcome as Line["outcome"],
          type: read("type")
        })
      }
    }
    return kept
  })
})

/** What an audit is: a list of lines, each id once. */
export const behavesAsAListOfIds = (writes: ReadonlyArray<typeof Write.Type>) =>
  Effect.gen(function* () {
    const audit = yield* Audit
    const lines: Array<Line> = []
    for (const { again, command, outcome } of writes) {
      const book = freshBook()
      const line: Line = (again > 0 && lines.at(-again)) || {
        ...origin(`audit-${book.id}`),
        id: `line-${book.id}`,
        command,
        place: `book/${book.id}`,
        outcome,
        ...(outcome === "refused" && { refusal: new BookIsOut({ book }) })
      }
      yield* audit.write(line)
      lines.push(line)
    }
    const wanted = Array.from(new Set(lines), ofLine)
    // Of several replicas, the one that is read may hear of the newest lines a moment later.
    const kept = yield* keptOf(new Set(lines.map(({ place }) => place))).pipe(
      Effect.repeat({ until: ({ length }) => length >= wanted.length, schedule: Schedule.spaced("5 millis") })
    )
    assert.deepStrictEqual(kept, wanted)
  })
