import { isOf } from "#layers/codec/Subject.ts"
import { followers } from "#layers/services/subscriptionsOf.ts"
import type { Invariant } from "./Case.ts"

const name = "I10"

/** What each follower cannot have taken: what a fault put there among the kinds that it reads. */
export const parked: Invariant = {
  name,
  promise: "what cannot be read is parked by all who read its kind, with its reason; nothing else is",
  check: ({ evidence: { board, parked, strange } }) => {
    const { automations, views } = followers(board)
    const expected = new Set(
      [...views, ...automations].flatMap(({ subscription: { name, types } }) => {
        const reads = isOf(types)
        return [...strange].flatMap(([position, subject]) => (reads(subject) ? [`${name}.${position}`] : []))
      })
    )
    return [...parked].flatMap(([app, ids]) => {
      const missing = [...expected.difference(new Set(ids))].map((id) => `app ${app} has passed over ${id}`)
      const stray = ids.filter((id) => !expected.has(id)).map((id) => `app ${app} has parked ${id}, which can be read`)
      return [...missing, ...stray].map((what) => ({ invariant: name, what, excerpt: [] }))
    })
  }
}
