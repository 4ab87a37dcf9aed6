import type * as Actor from "./Actor.ts"
import type * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import type * as Message from "./Message.ts"
import type * as Scenario from "./Scenario.ts"
import type { Column } from "./Slice.ts"

interface Reaction<Events extends ReadonlyArray<Event.Any>> extends Column {
  readonly _tag: "Automation"
  readonly name: string
  readonly by: Actor.Actor
  readonly when: Events
}

/** An automation: an event, a reaction, a command. */
export interface Automation<Events extends ReadonlyArray<Event.Any>, C extends Command.Any> extends Reaction<Events> {
  readonly issues: C
  readonly react: (event: Event.Of<Events>) => ReadonlyArray<Command.Request<C>>
  readonly scenarios: Scenario.Named<Scenario.OfAutomation<Events, C>>
}

/** An automation that sends messages: an event, a reaction, messages to other programs. */
export interface MessageAutomation<
  Events extends ReadonlyArray<Event.Any>,
  Messages extends ReadonlyArray<Message.Any>
> extends Reaction<Events> {
  readonly sends: Messages
  readonly react: (event: Event.Of<Events>) => ReadonlyArray<Message.Of<Messages>>
  readonly scenarios: Scenario.Named<Scenario.OfMessages<Events, Messages>>
}

export type AnyAutomation = Automation<any, any> | MessageAutomation<any, any>

/** Whether an automation issues a command; else it sends messages. */
export const issuesCommand = (automation: AnyAutomation): automation is Automation<any, any> => "issues" in automation

export const automation = <const Events extends ReadonlyArray<Event.Any>, C extends Command.Any>(
  slice: Omit<Automation<Events, C>, "_tag">
): Automation<Events, C> => ({ _tag: "Automation", ...slice })

// A constructor of its own: the compiler says of an overloaded one only that no overload matches.
export const messageAutomation = <
  const Events extends ReadonlyArray<Event.Any>,
  const Messages extends ReadonlyArray<Message.Any>
>(
  slice: Omit<MessageAutomation<Events, Messages>, "_tag">
): MessageAutomation<Events, Messages> => ({ _tag: "Automation", ...slice })
