import { matchesTypes } from "#layers/codec/Subject.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import type { Invariant } from "./Evidence.ts"

const name = "I10"

/** The dead letters of each view and automation are exactly the undecodable messages, published by a fault, of types it reads. */
export const deadLetters: Invariant = {
  name,
  promise: "an undecodable message is a dead letter of all that read its type, with its reason; nothing else is",
  check: ({ evidence: { board, deadLetters, undecodable } }) => {
    const { automations, views } = subscriptions(board)
    const expected = new Set(
      [...views, ...automations].flatMap(({ subscription: { name, types } }) => {
        const reads = matchesTypes(types)
        return [...undecodable].flatMap(([position, subject]) => (reads(subject) ? [`${name}.${position}`] : []))
      })
    )
    return [...deadLetters].flatMap(([app, ids]) => {
      const missing = [...expected.difference(new Set(ids))].map((id) => `app ${app} has skipped ${id}`)
      const unexpected = ids
        .filter((id) => !expected.has(id))
        .map((id) => `app ${app} has dead-lettered ${id}, which is decodable`)
      return [...missing, ...unexpected].map((description) => ({ invariant: name, description, excerpt: [] }))
    })
  }
}
