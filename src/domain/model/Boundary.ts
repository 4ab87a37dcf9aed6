import * as Key from "./Key.ts"

/**
 * A consistency boundary: all the events about one thing. A decision holds only while no event is added inside it.
 * `key` names the thing; every event of a lane in this boundary carries the words of that key.
 */
export interface Boundary<K extends Key.Key> {
  readonly name: string
  readonly key: K
}

export interface Any extends Boundary<any> {}

export const make = <const K extends Key.Key>(boundary: Boundary<K>) => boundary

/** The event stream of one instance of a boundary: `room-night` of room 1 on 2022-12-12. */
export interface StreamId {
  readonly boundary: string
  readonly key: string
}

/** The event stream that `about` names. Throws `Key.InvalidKey` if its words cannot be encoded. */
export const streamId = <K extends Key.Key>({ name, key }: Boundary<K>, about: Key.Of<K>): StreamId => ({
  boundary: name,
  key: Key.toSubjectToken(Key.tokens(key, about))
})

/** An event stream as the subject of a CloudEvent: `room-night/1_2022-12-12`. */
export const format = ({ boundary, key }: StreamId): string => `${boundary}/${key}`
