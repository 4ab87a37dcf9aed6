import { Config, Schema, SchemaGetter } from "effect"

const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))

const RoomNumbers = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9999 })))

const expand = (list: string): ReadonlyArray<number> =>
  list.split(",").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number)
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
  })

/** `1-20`, `1-3,7`, or nothing for no rooms. */
const Rooms = Schema.String.check(
  Schema.isPattern(/^$|^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/u, {
    message: "Expected room numbers such as 1-20 or 1-3,7"
  })
).pipe(
  Schema.decodeTo(RoomNumbers, {
    decode: SchemaGetter.transform((list: string) => (list === "" ? [] : expand(list))),
    encode: SchemaGetter.transform((rooms: ReadonlyArray<number>) => rooms.join())
  })
)

const levels = { trace: "Trace", debug: "Debug", info: "Info", warn: "Warn", error: "Error", none: "None" } as const

/** All that can be set from outside, by environment variable. */
export const settings = Config.all({
  port: Config.schema(Port, "PORT").pipe(Config.withDefault(3000)),
  host: Config.NonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
  /** A server or cluster to use, comma-separated; without it, a server of our own is started. */
  natsUrl: Config.option(Config.NonEmptyString("NATS_URL")),
  replicas: Config.Literals([1, 3, 5], "NATS_REPLICAS").pipe(Config.withDefault(1 as const)),
  eventLog: Config.Literals(["nats", "memory"], "EVENT_LOG").pipe(Config.withDefault("nats" as const)),
  dataDir: Config.NonEmptyString("DATA_DIR").pipe(Config.withDefault(".data")),
  /** Rooms that an own, empty server begins with. */
  rooms: Config.schema(Rooms, "ROOMS").pipe(Config.withDefault(expand("1-20"))),
  logLevel: Config.Literals(["trace", "debug", "info", "warn", "error", "none"], "LOG_LEVEL").pipe(
    Config.withDefault("info" as const),
    Config.map((level) => levels[level])
  )
})

export type Settings = Config.Success<typeof settings>
