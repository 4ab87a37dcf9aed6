import { Config, Schema, SchemaGetter } from "effect"
import { AddRoom } from "./add-room/AddRoom.ts"

const RoomNumber = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9999 }))

const isRange = (part: string) => {
  const [from = 0, to = from] = part.split("-").map(Number)
  return from <= to
}

const expand = (list: string): ReadonlyArray<number> =>
  list.split(",").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number)
    return Array.from({ length: to - from + 1 }, (_, n) => from + n)
  })

/** `1-20`, `1-3,7`, or nothing for no rooms. */
const RoomNumbers = Schema.String.check(
  Schema.isPattern(/^$|^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/u, {
    message: "Expected room numbers such as 1-20 or 1-3,7"
  }),
  Schema.makeFilter(
    (list) => list === "" || list.split(",").every(isRange) || "Expected each range to go up, such as 1-20"
  )
).pipe(
  Schema.decodeTo(Schema.Array(RoomNumber), {
    decode: SchemaGetter.transform((list: string) => (list === "" ? [] : expand(list))),
    encode: SchemaGetter.transform((rooms: ReadonlyArray<number>) => rooms.join())
  })
)

/** The rooms of a new hotel, so that there is something to book. */
export const rooms = {
  name: "rooms",
  item: RoomNumber,
  items: Config.schema(RoomNumbers, "ROOMS").pipe(Config.withDefault(expand("1-20"))),
  seedOf: (id: number) => ({
    command: AddRoom,
    input: { room: { id } },
    actor: "Manager",
    commandId: `rooms/${id}`
  })
}
