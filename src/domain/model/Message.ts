import type * as Event from "./Event.ts"

/**
 * The type of a message that automations send to other programs. As an event it is a `Schema.TaggedClass` whose tag is its name,
 * with a `version` if its shape changed; unlike an event it is in no lane, and the app does not store it.
 */
export interface Any extends Event.Any {}

export type Of<Messages extends ReadonlyArray<Any>> = Event.Of<Messages>
