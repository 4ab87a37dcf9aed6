import * as Key from "./Key.ts"

/**
 * A consistency boundary: all the facts about one thing. A decision holds only while nothing new is known inside it.
 * `key` names the thing; every fact of a lane in this boundary carries those words.
 */
export interface Boundary<K extends Key.Key> {
  readonly name: string
  readonly key: K
}

export interface Any extends Boundary<any> {}

export const make = <const K extends Key.Key>(boundary: Boundary<K>) => boundary

/** One boundary, filled in: `room-night` of room 1 on 2022-12-12. */
export interface StreamId {
  readonly boundary: string
  readonly key: string
}

/** The place that `about` names. Throws `Key.InvalidKey` where its words cannot be encoded. */
export const streamId = <K extends Key.Key>({ name, key }: Boundary<K>, about: Key.Of<K>): StreamId => ({
  boundary: name,
  key: Key.toSubjectToken(Key.tokens(key, about))
})

/** How a place is written as the subject of a CloudEvent: `room-night/1_2022-12-12`. */
export const format = ({ boundary, key }: StreamId): string => `${boundary}/${key}`
