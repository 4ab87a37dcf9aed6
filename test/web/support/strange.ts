import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect, type ConnectionOptions, headers } from "@nats-io/transport-node"

// What somebody does to the log who is not the hotel.

const subjectOf = (place: string, fact: string) => `hotel.room-night.booking.${place}.${fact}`

/** Writes with the server's own means, as nobody should. */
export const writing = async <A>(server: ConnectionOptions, write: (strange: Strange) => Promise<A>): Promise<A> => {
  const nats = await connect({ ...server })
  const log = jetstream(nats)
  const manager = await jetstreamManager(nats)
  const strange: Strange = {
    unreadable: async (place, fact) => {
      const said = headers()
      said.set("ce-type", "RoomBooked")
      return (await log.publish(subjectOf(place, fact), `{"room":"nobody"}`, { headers: said })).seq
    },
    copy: async (fact, from, to, index) => {
      const message = await manager.direct.getMessage("hotel", { last_by_subj: subjectOf(from, fact) })
      const said = headers()
      const moved = (text: string) => text.replaceAll(from, to)
      for (const [name, [value]] of message!.header) if (name.startsWith("ce-")) said.set(name, moved(value!))
      said.set("ce-id", crypto.randomUUID())
      said.set("ce-factindex", String(index))
      const data = { ...message!.json<object>(), room: { id: Number(to.split("_")[0]) } }
      return (await log.publish(subjectOf(to, fact), JSON.stringify(data), { headers: said })).seq
    }
  }
  return write(strange).finally(() => nats.close())
}

export interface Strange {
  /** A fact of a kind that the board has, in a place such as `6_2026-12-24`, that says nothing that it should. */
  readonly unreadable: (place: string, fact: string) => Promise<number>
  /** What stands in one place, written to another as its so-manieth fact. */
  readonly copy: (fact: string, from: string, to: string, index: number) => Promise<number>
}
