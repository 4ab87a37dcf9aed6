import { assert, it } from "@effect/vitest"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import type { EventView } from "#layers/contract/eventSchema.ts"
import { layout, modelOf } from "../../web/src/layout/index.ts"
import { player } from "../../web/src/wall/play.ts"
import { commandsOf, commandsOfCounts, rejectedCommand } from "../../web/src/wall/playedCommands.ts"

const board = blueprintOf(hotelBooking)
const hung = layout(modelOf(board))
const actors = board.slices.map(({ actor }) => actor)

/** A wall on which nothing arrives before it is told to: what lit up, in order, and what is on its way. */
const stage = () => {
  const lit: Array<string> = []
  const onItsWay: Array<() => void> = []
  const play = player(hung, actors, {
    light: (note) => lit.push(note),
    send: (_, __, arrived) => onItsWay.push(arrived),
    reject: (command, rejection) => lit.push(`${command}: ${rejection}`)
  })
  /** Lets all that is on its way arrive, and then what sets out from there, until nothing is. */
  const arrive = () => {
    while (onItsWay.length > 0) for (const arrived of onItsWay.splice(0)) arrived()
  }
  return { ...play, lit, arrive, onItsWay }
}

const seen = (
  type: string,
  command: string,
  actor: string,
  ids: { id: string; by: string; because?: string }
): EventView => ({
  specversion: "1.0",
  id: ids.id,
  source: `/hotel/${command}`,
  type,
  time: "2022-12-12T10:00:00Z",
  commandid: ids.by,
  causationid: ids.because ?? ids.by,
  actor,
  position: 1,
  natssubject: "",
  data: {}
})

const booked = seen("RoomBooked", "BookRoom", "Guest", { id: "e1", by: "c1" })
const scheduled = seen("CleanUpScheduled", "ScheduleCleaning", "Bot", { id: "e2", by: "c2", because: "e1" })
const cleaned = ["RoomCleanedUp", "RoomAvailable"].map((type, n) =>
  seen(type, "CleanRoom", "Manager", { id: `e${3 + n}`, by: "c3" })
)

const before = (all: ReadonlyArray<string>, ...inOrder: ReadonlyArray<string>) => {
  const found = inOrder.map((start) => all.findIndex((one) => one.startsWith(start)))
  assert.deepStrictEqual(
    found,
    found.filter((at) => at >= 0).toSorted((a, b) => a - b),
    `${inOrder.join(", ")} in ${all.join(", ")}`
  )
}

it("what a bot asks for waits for the event that it answers, though the log has both at once", () => {
  const { arrive, lit, onItsWay, take } = stage()
  commandsOf([booked, scheduled], board).forEach(take)
  assert.lengthOf(lit, 1)
  assert.match(lit[0]!, /^screen\//u)
  assert.lengthOf(onItsWay, 1)
  arrive()
  before(
    lit,
    "screen/",
    "command/BookRoom/",
    "fact/RoomBooked/",
    "gear/schedule-cleaning/",
    "command/ScheduleCleaning/"
  )
  before(lit, "command/ScheduleCleaning/", "fact/CleanUpScheduled/", "view/CleanupSchedule/")
  before(lit, "fact/RoomBooked/", "view/Booking/")
})

it("what a bot asked for is shown at once where the event that it answered has been shown before", () => {
  const { arrive, lit, take } = stage()
  commandsOf([booked], board).forEach(take)
  arrive()
  lit.length = 0
  commandsOf([scheduled], board).forEach(take)
  assert.deepStrictEqual(lit, ["gear/schedule-cleaning/4"])
})

it("events of one command leave it together, also where one of them comes late", () => {
  const { arrive, lit, onItsWay, take } = stage()
  commandsOf(cleaned.slice(0, 1), board).forEach(take)
  commandsOf(cleaned.slice(1), board).forEach(take)
  assert.lengthOf(onItsWay, 1)
  onItsWay.splice(0)[0]!()
  assert.lengthOf(onItsWay, 2)
  arrive()
  assert.lengthOf(
    lit.filter((note) => note.startsWith("command/CleanRoom")),
    1
  )
  before(lit, "screen/", "command/CleanRoom/", "fact/RoomCleanedUp/")
  before(lit, "command/CleanRoom/", "fact/RoomAvailable/")
})

it("counts are shown in the same order: by whom the board says that they came about", () => {
  const { arrive, lit, take } = stage()
  const times = new Map([
    ["CleanUpScheduled", 70],
    ["RoomBooked", 80]
  ])
  // The cause stands behind its effect, since counts have no order.
  commandsOfCounts(times, board, "1").forEach(take)
  arrive()
  before(
    lit,
    "screen/",
    "command/BookRoom/",
    "fact/RoomBooked/",
    "gear/schedule-cleaning/",
    "command/ScheduleCleaning/"
  )
  before(lit, "command/ScheduleCleaning/", "fact/CleanUpScheduled/")
})

it("a rejected command begins at its screen and ends at the command, with the name of the rejection", () => {
  const { arrive, lit, take } = stage()
  take(rejectedCommand({ command: "BookRoom", actor: "Guest", name: "RoomAlreadyBooked", times: 1 }, board, "1"))
  assert.lengthOf(lit, 1)
  arrive()
  assert.deepStrictEqual(lit.slice(1), ["command/BookRoom/2", "BookRoom: RoomAlreadyBooked"])
  assert.match(lit[0]!, /^screen\/.+\/2$/u)
})

it("an event that nobody on the board asked for lights up by itself", () => {
  const { lit, take } = stage()
  commandsOf([seen("RoomBooked", "Import", "Somebody", { id: "e9", by: "c9" })], board).forEach(take)
  assert.deepStrictEqual(lit, ["fact/RoomBooked/2"])
})

it("what is on its way is forgotten when the wall turns to the past", () => {
  const { arrive, clear, lit, onItsWay, take } = stage()
  commandsOf([booked], board).forEach(take)
  clear()
  onItsWay.length = 0
  lit.length = 0
  commandsOf([scheduled], board).forEach(take)
  arrive()
  before(lit, "gear/schedule-cleaning/", "command/ScheduleCleaning/", "fact/CleanUpScheduled/")
})
