import { matchesTypes } from "#layers/codec/Subject.ts"
import { subscriptions } from "#layers/services/boardSubscriptions.ts"
import type { Invariant } from "./Evidence.ts"

const name = "I10"

/** What each follower cannot have taken: what a fault put there among the kinds that it reads. */
export const deadLetters: Invariant = {
  name,
  promise: "what cannot be read is parked by all who read its kind, with its reason; nothing else is",
  check: ({ evidence: { board, deadLetters, undecodable } }) => {
    const { automations, views } = subscriptions(board)
    const expected = new Set(
      [...views, ...automations].flatMap(({ subscription: { name, types } }) => {
        const reads = matchesTypes(types)
        return [...undecodable].flatMap(([position, subject]) => (reads(subject) ? [`${name}.${position}`] : []))
      })
    )
    return [...deadLetters].flatMap(([app, ids]) => {
      const missing = [...expected.difference(new Set(ids))].map((id) => `app ${app} has passed over ${id}`)
      const unexpected = ids
        .filter((id) => !expected.has(id))
        .map((id) => `app ${app} has parked ${id}, which can be read`)
      return [...missing, ...unexpected].map((description) => ({ invariant: name, description, excerpt: [] }))
    })
  }
}
