import { Board, Boundary, Projection, type Slice } from "#domain/model/index.ts"
import { derive } from "#layers/services/Ids.ts"
import type { Case, Invariant, Logged } from "./Case.ts"
import { lineOfFact, ofPlace } from "./excerpt.ts"

const name = "I6"

/** The facts that an automation reacts to. */
const causesOf = (automation: Slice.Automation<any, any>, log: ReadonlyArray<Logged>) => {
  const triggers = new Set(automation.when.map(({ identifier }: { identifier: string }) => identifier))
  return log.filter(({ fact }) => triggers.has(fact._tag))
}

/** What the n-th command left that a fact made an automation issue. */
const answersTo = (about: Case, { name }: Slice.Automation<any, any>, cause: Logged, n: number) =>
  about.ofCommand.get(derive(`${cause.id}/${name}/${n}`)) ?? []

/** Milliseconds from each fact that an automation answered with another until that was decided, shortest first. */
export const waits = (about: Case): ReadonlyArray<number> => {
  const { board, log } = about.evidence
  const millis = Board.automations(board).flatMap((automation) =>
    causesOf(automation, log).flatMap((cause) =>
      automation.react(cause.fact as never).flatMap((_: unknown, n: number) => {
        const [answer] = answersTo(about, automation, cause, n)
        return answer ? [Date.parse(answer.time) - Date.parse(cause.time)] : []
      })
    )
  )
  return millis.sort((a: number, b: number) => a - b)
}

export const effects: Invariant = {
  name,
  promise: "each automation answers each of its facts once",
  check: (about) => {
    const { board, log } = about.evidence
    const lanes = Board.laneOf(board)
    return Board.automations(board).flatMap((automation) => {
      const { issues } = automation
      const boundaries = new Set<Boundary.Any>([
        issues.guards,
        ...issues.state.reads.map(({ identifier }: any) => lanes.get(identifier)!.boundary)
      ])
      return causesOf(automation, log).flatMap((cause) =>
        automation.react(cause.fact as never).flatMap((input: any, n: number) => {
          const left = answersTo(about, automation, cause, n)
          const places = Array.from(boundaries, (boundary) => Boundary.spell(Boundary.place(boundary, input)))
          const known = places.flatMap((place) => about.ofPlace.get(place) ?? []).map(({ fact }) => fact)
          const decision = issues.decide(Projection.fold(issues.state, known), input)
          const isOpen = left.length === 0 && Array.isArray(decision) && decision.length > 0
          const stray = left.find(({ causationId }) => causationId !== cause.id)
          if (!isOpen && !stray) return []
          const what = stray
            ? `${automation.name} answered position ${cause.position} with a fact that names another cause`
            : `${automation.name} never answered position ${cause.position}`
          return [{ invariant: name, what, excerpt: [lineOfFact(cause), ...ofPlace(about, cause.place)] }]
        })
      )
    })
  }
}
