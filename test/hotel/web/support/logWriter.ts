import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect, type ConnectionOptions, headers } from "@nats-io/transport-node"

// Writes to the log that bypass the hotel.

const subjectOf = (streamKey: string, eventToken: string) => `hotel.room-night.booking.${streamKey}.${eventToken}`

/** Connects to the server directly and writes to the log without the hotel's checks. */
export const withLogWriter = async <A>(
  server: ConnectionOptions,
  write: (writer: LogWriter) => Promise<A>
): Promise<A> => {
  const nats = await connect({ ...server })
  const log = jetstream(nats)
  const manager = await jetstreamManager(nats)
  const writer: LogWriter = {
    unreadable: async (streamKey, eventToken) => {
      const messageHeaders = headers()
      messageHeaders.set("ce-type", "RoomBooked")
      return (await log.publish(subjectOf(streamKey, eventToken), `{"room":"nobody"}`, { headers: messageHeaders })).seq
    },
    copy: async (eventToken, from, to, index) => {
      const message = await manager.direct.getMessage("hotel", { last_by_subj: subjectOf(from, eventToken) })
      const messageHeaders = headers()
      const moved = (text: string) => text.replaceAll(from, to)
      for (const [name, [value]] of message!.header) if (name.startsWith("ce-")) messageHeaders.set(name, moved(value!))
      messageHeaders.set("ce-id", crypto.randomUUID())
      messageHeaders.set("ce-factindex", String(index))
      const data = { ...message!.json<object>(), room: { id: Number(to.split("_")[0]) } }
      return (await log.publish(subjectOf(to, eventToken), JSON.stringify(data), { headers: messageHeaders })).seq
    }
  }
  return write(writer).finally(() => nats.close())
}

export interface LogWriter {
  /** Publishes a message of a type of the board, in an event stream such as `6_2026-12-24`, with undecodable data and headers. */
  readonly unreadable: (streamKey: string, eventToken: string) => Promise<number>
  /** Copies the last event of a type from one event stream to another, as its event number `index`. */
  readonly copy: (eventToken: string, from: string, to: string, index: number) => Promise<number>
}
