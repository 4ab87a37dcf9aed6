import { assert, it } from "@effect/vitest"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import type { EventView } from "#layers/contract/eventSchema.ts"
import { layout, modelOf } from "../../../web/src/layout/index.ts"
import { commandsOf, commandsOfCounts, rejectedCommand } from "../../../web/src/wall/play/playedCommands.ts"
import { player } from "../../../web/src/wall/play/player.ts"

const board = blueprintOf(hotelBooking)
const wallLayout = layout(modelOf(board))
const actors = board.slices.map(({ actor }) => actor)

/** A wall on which dots arrive only when `arrive` is called: records what lights up, in order, and what is on its way. */
const stage = () => {
  const lit: Array<string> = []
  const inFlight: Array<() => void> = []
  const play = player(wallLayout, actors, {
    light: (note) => lit.push(note),
    send: (_, __, arrived) => inFlight.push(arrived),
    reject: (command, rejection) => lit.push(`${command}: ${rejection}`)
  })
  /** Lets all dots arrive, and the dots that these start, until none is left. */
  const arrive = () => {
    while (inFlight.length > 0) for (const arrived of inFlight.splice(0)) arrived()
  }
  return { ...play, lit, arrive, inFlight }
}

const eventView = (
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

const booked = eventView("RoomBooked", "BookRoom", "Guest", { id: "e1", by: "c1" })
const scheduled = eventView("CleanUpScheduled", "ScheduleCleaning", "Bot", { id: "e2", by: "c2", because: "e1" })
const cleaned = ["RoomCleanedUp", "RoomAvailable"].map((type, n) =>
  eventView(type, "CleanRoom", "Manager", { id: `e${3 + n}`, by: "c3" })
)

const before = (all: ReadonlyArray<string>, ...inOrder: ReadonlyArray<string>) => {
  const found = inOrder.map((start) => all.findIndex((one) => one.startsWith(start)))
  assert.deepStrictEqual(
    found,
    found.filter((at) => at >= 0).toSorted((a, b) => a - b),
    `${inOrder.join(", ")} in ${all.join(", ")}`
  )
}

it("a command of a bot is shown after the event that triggered it, also if both arrive at once", () => {
  const { arrive, lit, inFlight, show } = stage()
  commandsOf([booked, scheduled], board).forEach(show)
  assert.lengthOf(lit, 1)
  assert.match(lit[0]!, /^screen\//u)
  assert.lengthOf(inFlight, 1)
  arrive()
  before(
    lit,
    "screen/",
    "command/BookRoom/",
    "event/RoomBooked/",
    "automation/schedule-cleaning/",
    "command/ScheduleCleaning/"
  )
  before(lit, "command/ScheduleCleaning/", "event/CleanUpScheduled/", "view/CleanupSchedule/")
  before(lit, "event/RoomBooked/", "view/Booking/")
})

it("a command of a bot is shown at once if the event that triggered it was shown before", () => {
  const { arrive, lit, show } = stage()
  commandsOf([booked], board).forEach(show)
  arrive()
  lit.length = 0
  commandsOf([scheduled], board).forEach(show)
  const column = board.slices.findIndex(({ automation }) => automation === "schedule-cleaning")
  assert.deepStrictEqual(lit, [`automation/schedule-cleaning/${column}`])
})

it("events of one command start from it together, also if one of them arrives late", () => {
  const { arrive, lit, inFlight, show } = stage()
  commandsOf(cleaned.slice(0, 1), board).forEach(show)
  commandsOf(cleaned.slice(1), board).forEach(show)
  assert.lengthOf(inFlight, 1)
  inFlight.splice(0)[0]!()
  assert.lengthOf(inFlight, 2)
  arrive()
  assert.lengthOf(
    lit.filter((note) => note.startsWith("command/CleanRoom")),
    1
  )
  before(lit, "screen/", "command/CleanRoom/", "event/RoomCleanedUp/")
  before(lit, "command/CleanRoom/", "event/RoomAvailable/")
})

it("merged counts are shown in the same order, derived from the board", () => {
  const { arrive, lit, show } = stage()
  const times = new Map([
    ["CleanUpScheduled", 70],
    ["RoomBooked", 80],
    ["RoomAdded", 5]
  ])
  // The cause comes after its effect, since counts have no order.
  commandsOfCounts(times, board, "1").forEach(show)
  arrive()
  before(lit, "screen/", "command/AddRoom/", "event/RoomAdded/")
  // Several commands book rooms, so none is shown.
  before(lit, "event/RoomBooked/", "automation/schedule-cleaning/", "command/ScheduleCleaning/")
  assert.notMatch(lit.join(), /command\/(?:Book|Move)/u)
  before(lit, "command/ScheduleCleaning/", "event/CleanUpScheduled/")
})

it("a rejected command starts at its screen and ends at the command, with the name of the rejection", () => {
  const { arrive, lit, show } = stage()
  show(rejectedCommand({ command: "BookRoom", actor: "Guest", name: "RoomAlreadyBooked", times: 1 }, board, "1"))
  assert.lengthOf(lit, 1)
  arrive()
  assert.deepStrictEqual(lit.slice(1), ["command/BookRoom/2", "BookRoom: RoomAlreadyBooked"])
  assert.match(lit[0]!, /^screen\/.+\/2$/u)
})

it("an event that no command of the board appended lights up by itself", () => {
  const { lit, show } = stage()
  commandsOf([eventView("RoomBooked", "Import", "Somebody", { id: "e9", by: "c9" })], board).forEach(show)
  assert.deepStrictEqual(lit, ["event/RoomBooked/2"])
})

it("everything on its way is dropped when the wall turns to the past", () => {
  const { arrive, clear, lit, inFlight, show } = stage()
  commandsOf([booked], board).forEach(show)
  clear()
  inFlight.length = 0
  lit.length = 0
  commandsOf([scheduled], board).forEach(show)
  arrive()
  before(lit, "automation/schedule-cleaning/", "command/ScheduleCleaning/", "event/CleanUpScheduled/")
})
