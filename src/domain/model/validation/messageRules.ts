import * as Board from "../Board.ts"
import type * as Event from "../Event.ts"
import type * as Message from "../Message.ts"
import { duplicates, rejects, type Rule } from "./Rule.ts"

/** The automations that send messages, as plain data: a board that was cast may have anything in them. */
const senders = (board: Board.Any) =>
  Board.automations(board).flatMap((automation) =>
    "sends" in automation
      ? [
          {
            name: automation.name,
            sends: automation.sends as ReadonlyArray<Message.Any>,
            scenarios: Object.entries(automation.scenarios as Record<string, { readonly then: unknown }>)
          }
        ]
      : []
  )

const messagesAreDeclared: Rule = (board) =>
  senders(board).flatMap(({ name, sends }) => [
    ...(sends.length > 0 ? [] : [`The automation ${name} sends no message: name one in its sends.`]),
    ...duplicates(sends, ({ identifier }) => identifier).map(
      ({ identifier }) => `The automation ${name} sends ${identifier} twice: once is enough.`
    )
  ])

const messagesAreOnlyMessages: Rule = (board) => {
  const events = new Set(Board.events(board))
  const rejections = new Set<Event.Any>(Board.commands(board).flatMap(rejects))
  return senders(board).flatMap(({ name, sends }) =>
    sends
      .filter((message) => events.has(message) || rejections.has(message))
      .map(
        (message) =>
          `The automation ${name} sends ${message.identifier}, which is ${events.has(message) ? "an event" : "a rejection"} of the board: ` +
          "declare a message, so that other programs do not depend on what the board stores."
      )
  )
}

const scenariosExpectMessages: Rule = (board) =>
  senders(board).flatMap(({ name, scenarios, sends }) =>
    scenarios.flatMap(([sentence, { then }]) =>
      (Array.isArray(then) ? then : [then])
        .filter((message) => !sends.some((type) => message instanceof (type as unknown as new () => object)))
        .map(
          (message) =>
            `The scenario "${sentence}" of the automation ${name} expects ${String(message?._tag)}, which is not in its sends.`
        )
    )
  )

/** Rules of messages that automations send. */
export const messageRules: ReadonlyArray<Rule> = [messagesAreDeclared, messagesAreOnlyMessages, scenariosExpectMessages]
