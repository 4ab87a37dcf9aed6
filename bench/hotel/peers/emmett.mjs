// Not TypeScript: its packages are installed on demand, and the type check must not need them.
import { CommandHandler, getInMemoryEventStore, IllegalStateError } from "@event-driven-io/emmett"
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql"

const initialState = () => ({ booked: false })
const evolve = (state, { type }) => (type === "RoomBooked" ? { booked: true } : state)

const handle = CommandHandler({ evolve, initialState })

/** The hotel's rule on Emmett: the room must exist, and is booked once. A stream for each room, and each room-night. */
const hotelOn = (store, close) => {
  const exists = new Set()

  const knows = async (room) => {
    if (exists.has(room.id)) return true
    const { state } = await store.aggregateStream(`room-${room.id}`, {
      initialState: () => false,
      evolve: (state, { type }) => state || type === "RoomAdded"
    })
    if (state) exists.add(room.id)
    return state
  }

  return {
    addRoom: async (room) => {
      await store.appendToStream(`room-${room.id}`, [{ type: "RoomAdded", data: { room } }])
    },
    /** Rooms are never removed, so existing rooms are cached, as in the hotel; Emmett itself caches no state. */
    book: async ({ room, client, date }) => {
      const known = await knows(room)
      const { newEvents } = await handle(store, `room_night-${room.id}_${date}`, ({ booked }) => {
        if (!known) throw new IllegalStateError(`Room ${room.id} is unknown`)
        if (booked) throw new IllegalStateError(`Room ${room.id} is booked on ${date}`)
        return [{ type: "RoomBooked", data: { room, client, date } }]
      })
      return newEvents.length
    },
    close
  }
}

export const inMemory = () => hotelOn(getInMemoryEventStore(), async () => {})

export const onPostgres = (connectionString) => {
  const store = getPostgreSQLEventStore(connectionString)
  return hotelOn(store, () => store.close())
}
