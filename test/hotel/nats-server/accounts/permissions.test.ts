import { assert, describe, it } from "@effect/vitest"
import { headers, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { streamSpecs, type StreamSpec } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { type Role, service } from "#nats-server/accounts/users.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { accountsServer } from "#test/hotel/support/accountsServer.ts"

const board = hotelBooking
const specs = streamSpecs(board, 1)

/** What a stream is for. Every stream of the board is of one kind, so a new one is in the table at once. */
type Kind = "log" | "lane" | "audit" | "rejections" | "view" | "bucket"

const kindOf = ({ name }: StreamSpec): Kind => {
  if (name === board.name) return "log"
  if (name === "audit") return "audit"
  if (name === "audit-refused") return "rejections"
  if (board.lanes.some((lane) => lane.name === name)) return "lane"
  if (Board.views(board).some((view) => `KV_${bucketOf(view)}` === name)) return "view"
  assert.isTrue(name.startsWith("KV_"), `${name} is of no kind that this table knows`)
  return "bucket"
}

const kinds: ReadonlyArray<Kind> = ["log", "lane", "audit", "rejections", "view", "bucket"]
const every = (allowed: string) => Object.fromEntries(kinds.map((kind) => [kind, allowed])) as Record<Kind, string>
const some = (allowed: string, ...others: ReadonlyArray<Kind>) => ({
  ...every("o"),
  ...Object.fromEntries(others.map((kind) => [kind, allowed]))
})

/** Requests about a stream `S`, and for each kind of stream who may send it: (s)ervice, (o)perations, (b)rowser. */
const requests: Readonly<Record<string, Record<Kind, string>>> = {
  "STREAM.INFO.S": every("so"),
  "STREAM.MSG.GET.S": every("so"),
  "STREAM.CREATE.S": some("so", "view", "bucket"),
  "STREAM.UPDATE.S": some("so", "lane", "audit"),
  "STREAM.PURGE.S": some("so", "audit", "rejections", "view"),
  "STREAM.DELETE.S": every("o"),
  "STREAM.MSG.DELETE.S": every("o"),
  "STREAM.SNAPSHOT.S": every("o"),
  "STREAM.RESTORE.S": every("o"),
  "STREAM.LEADER.STEPDOWN.S": every("o"),
  "STREAM.PEER.REMOVE.S": every("o"),
  "DIRECT.GET.S": { ...some("so", "log", "bucket"), view: "sob" },
  "DIRECT.GET.S.other.subject": some("so", "log", "view", "bucket"),
  "CONSUMER.CREATE.S": some("so", "log", "rejections", "view", "bucket"),
  "CONSUMER.CREATE.S.name": every("o"),
  "CONSUMER.CREATE.S.name.audit.refused.x": some("so", "rejections"),
  "CONSUMER.DURABLE.CREATE.S.name": every("o"),
  "CONSUMER.INFO.S.name": some("so", "log", "rejections", "view", "bucket"),
  "CONSUMER.MSG.NEXT.S.name": some("so", "log", "rejections", "view", "bucket"),
  "CONSUMER.DELETE.S.name": some("so", "log", "rejections", "view", "bucket"),
  "CONSUMER.LIST.S": some("so", "log"),
  "CONSUMER.NAMES.S": every("o"),
  "CONSUMER.PAUSE.S.name": every("o"),
  "CONSUMER.RESET.S.name": every("o"),
  "CONSUMER.UNPIN.S.name": every("o"),
  "CONSUMER.LEADER.STEPDOWN.S.name": every("o")
}

interface Operation {
  readonly subject: string
  /** The first letters of the users who may; `p` is the partner, `y` the system user. */
  readonly allowed: string
}

const ofStreams = specs.flatMap((spec) =>
  Object.entries(requests).map(([request, allowed]): Operation => ({
    subject: `$JS.API.${request.replace(/\bS\b/u, spec.name)}`,
    allowed: allowed[kindOf(spec)]
  }))
)

const { automations, views } = subscriptions(board)
const ofConsumers = [...views, ...automations].flatMap(({ subscription: { name } }) =>
  ["DURABLE.CREATE", "RESET", "UNPIN", "PAUSE", "INFO", "MSG.NEXT"].map((verb): Operation => ({
    subject: `$JS.API.CONSUMER.${verb}.${board.name}.${name}`,
    allowed: "so"
  }))
)

const dataOf = (spec: StreamSpec): ReadonlyArray<Operation> =>
  (spec.subjects ?? []).map((subject) => ({ subject: subject.replace(">", "forged"), allowed: "so" }))

const publishes: ReadonlyArray<Operation> = [
  ...ofStreams,
  ...ofConsumers,
  ...specs.flatMap(dataOf),
  ...board.lanes.map(({ prefix }) => ({ subject: `${prefix}.forged`, allowed: "" })),
  ...Board.views(board)
    .map(bucketOf)
    .flatMap((bucket) => [
      { subject: `ui.${board.name}.${bucket}.forged`, allowed: "" },
      { subject: `$JS.API.DIRECT.GET.KV_${bucket}.$KV.${bucket}.key`, allowed: "sob" }
    ]),
  ...Board.commandSlices(board).map(({ command }) => ({ subject: `cmd.${board.name}.${command.name}`, allowed: "o" })),
  ...["$SRV.PING", `$SRV.INFO.${board.name}`, `$SRV.STATS.${board.name}.id`].map((subject) => ({
    subject,
    allowed: "o"
  })),
  { subject: `cmd.${board.name}.ScheduleCleaning`, allowed: "" },
  { subject: "cmd.another.BookRoom", allowed: "" },
  { subject: `msg.${board.name}.Any`, allowed: "" },
  { subject: "audit.accepted.forged", allowed: "" },
  { subject: "$KV.another.key", allowed: "" },
  { subject: "another.subject", allowed: "" },
  { subject: `rebuilt.${board.name}.forged`, allowed: "o" },
  { subject: `$JS.API.STREAM.INFO.${board.name}-rebuilt`, allowed: "so" },
  { subject: `$JS.API.STREAM.DELETE.${board.name}-rebuilt`, allowed: "o" },
  { subject: "$JS.API.INFO", allowed: "so" },
  { subject: "$JS.API.STREAM.CREATE.another", allowed: "o" },
  { subject: "$JS.API.STREAM.CREATE.KV_another", allowed: "o" },
  { subject: "$JS.API.STREAM.NAMES", allowed: "o" },
  { subject: "$JS.API.STREAM.LIST", allowed: "o" },
  { subject: `$JS.ACK.${board.name}.name.1.1.1.1.1`, allowed: "o" },
  { subject: `$JS.FC.${board.name}.name.x`, allowed: "" },
  { subject: "_INBOX.x", allowed: "" },
  { subject: "_INBOX_service.x", allowed: "" },
  { subject: "_INBOX_operations.x", allowed: "" },
  { subject: "_INBOX_browser.x", allowed: "" },
  { subject: "north.booking.forged", allowed: "" },
  { subject: "$SYS.REQ.SERVER.PING", allowed: "y" },
  { subject: "$SYS.REQ.ACCOUNT.hotel-south.CONNZ", allowed: "y" },
  { subject: "$SYS.REQ.USER.AUTH", allowed: "" }
]

const subscribes: ReadonlyArray<Operation> = [
  ...specs.flatMap(({ subjects = [] }) => subjects).map((subject) => ({ subject, allowed: "" })),
  ...board.lanes.flatMap(({ prefix }) => [
    { subject: `${prefix}.>`, allowed: "" },
    { subject: `north.${prefix}.>`, allowed: "p" },
    { subject: `south.${prefix}.>`, allowed: "p" }
  ]),
  ...Board.views(board).map((view) => ({ subject: `ui.${board.name}.${bucketOf(view)}.>`, allowed: "b" })),
  { subject: `cmd.${board.name}.BookRoom`, allowed: "s" },
  { subject: "$SRV.PING", allowed: "s" },
  { subject: `$SRV.STATS.${board.name}.id`, allowed: "s" },
  { subject: `cmd.${board.name}.ScheduleCleaning`, allowed: "" },
  { subject: "cmd.>", allowed: "" },
  { subject: "$SRV.>", allowed: "" },
  { subject: "_INBOX_service.>", allowed: "s" },
  { subject: "_INBOX_operations.>", allowed: "o" },
  { subject: "_INBOX_browser.>", allowed: "b" },
  { subject: "_INBOX_system.>", allowed: "y" },
  { subject: "$SYS.ACCOUNT.>", allowed: "y" },
  { subject: "$SYS.>", allowed: "" },
  { subject: "$SYS.REQ.USER.AUTH", allowed: "" },
  ...["ui.>", "audit.>", "$JS.>", "$JS.EVENT.ADVISORY.>", "_INBOX.>", "_INBOX_partner.>", "*", ">", "north.>"].map(
    (subject) => ({ subject, allowed: "" })
  )
]

const users: ReadonlyArray<readonly [letter: string, role: Role, hotel?: string]> = [
  ["s", "service", "north"],
  ["o", "operations", "north"],
  ["b", "browser", "north"],
  ["p", "partner"],
  ["y", "system"]
]

/** Never stored, and never a valid request: its sequence cannot be the last one, and its body is no JSON. */
const harmless = () => {
  const guard = headers()
  guard.set("Nats-Expected-Last-Sequence", "999999999")
  return guard
}

/** Which of these the server denies to a user, of publishing or subscribing. */
const denied = async (nats: NatsConnection, operation: "publish" | "subscription", subjects: ReadonlyArray<string>) => {
  const found = new Set<string>()
  void (async () => {
    for await (const status of nats.status()) {
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue
      if (status.error.operation === operation) found.add(status.error.subject)
    }
  })()
  for (const subject of subjects) {
    if (operation === "publish") nats.publish(subject, "no request", { headers: harmless() })
    // A denied subscription ends by itself, with an error for its callback.
    else nats.subscribe(subject, { callback: () => {} })
  }
  await nats.flush()
  await nats.flush()
  return found
}

describe("A user of an account", () => {
  it.live(
    "may publish and subscribe to what the table says, and to nothing else",
    () =>
      Effect.gen(function* () {
        const server = yield* accountsServer(["north", "south"])
        for (const [letter, role, hotel] of users) {
          const nats = yield* server.connectAs(role, hotel)
          for (const [operation, table] of [
            ["publish", publishes],
            ["subscription", subscribes]
          ] as const) {
            const found = yield* Effect.promise(() =>
              denied(
                nats,
                operation,
                table.map(({ subject }) => subject)
              )
            )
            const wrong = table.filter(({ allowed, subject }) => found.has(subject) === allowed.includes(letter))
            assert.deepStrictEqual(
              wrong.map(
                ({ subject }) => `${role}: ${operation} ${subject} is ${found.has(subject) ? "denied" : "allowed"}`
              ),
              []
            )
          }
          assert.isFalse(nats.isClosed())
        }
      }).pipe(Effect.scoped),
    60_000
  )

  it("is tested with requests about every stream and consumer of the board", () => {
    assert.isAtLeast(publishes.length, specs.length * 25)
    assert.strictEqual(new Set(publishes.map(({ subject }) => subject)).size, publishes.length)
  })

  it("may send the messages of the board's automations", () => {
    assert.include(service(lending).publish, "msg.lending.ReturnConfirmed")
  })

  const transports: ReadonlyArray<readonly [role: Role, hotel: string | undefined, transport: "tcp" | "ws"]> = [
    ["service", "north", "ws"],
    ["operations", "north", "ws"],
    ["browser", "north", "tcp"],
    ["partner", undefined, "ws"],
    ["system", undefined, "ws"]
  ]
  it.live("connects over its own transport only", () =>
    Effect.gen(function* () {
      const { tryConnect } = yield* accountsServer(["north"])
      for (const [role, hotel, transport] of transports) {
        const outcome = yield* Effect.promise(() =>
          tryConnect(role, hotel, transport).then(
            () => "connected",
            (error: Error) => error.message
          )
        )
        assert.notStrictEqual(outcome, "connected", `${role} over ${transport}`)
        yield* Effect.promise(() => tryConnect(role, hotel).then((nats) => nats.close()))
      }
    }).pipe(Effect.scoped)
  )
})
