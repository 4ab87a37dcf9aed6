import { Board, Boundary, Decide, Projection, Slice } from "#domain/model/index.ts"
import { contextOf } from "#layers/commands/decider.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { EvidenceIndex, Invariant, LoggedEvent } from "./Evidence.ts"
import { lineOfEvent, excerptOfStream } from "./excerpt.ts"
import { standIn } from "./secrets.ts"

const name = "I6"

/** The events that an automation reacts to. */
const triggersOf = (automation: Slice.Automation<any, any>, { originals }: EvidenceIndex) => {
  const triggers = new Set(automation.when.map(({ identifier }: { identifier: string }) => identifier))
  return originals.filter(({ event }) => triggers.has(event._tag))
}

/** The events of the n-th command that an automation issued for an event. */
const reactionsTo = (index: EvidenceIndex, { name }: Slice.Automation<any, any>, cause: LoggedEvent, n: number) =>
  index.eventsByCommand.get(deriveId(`${cause.id}/${name}/${n}`)) ?? []

/** Milliseconds from each event to the event that an automation appended for it, shortest first. */
export const reactionMillis = (index: EvidenceIndex): ReadonlyArray<number> => {
  const { board } = index.evidence
  const millis = Board.automations(board)
    .filter(Slice.issuesCommand)
    .flatMap((automation) =>
      triggersOf(automation, index).flatMap((cause) =>
        automation.react(cause.event as never).flatMap((_: unknown, n: number) => {
          const [reaction] = reactionsTo(index, automation, cause, n)
          return reaction ? [Date.parse(reaction.time) - Date.parse(cause.time)] : []
        })
      )
    )
  return millis.sort((a: number, b: number) => a - b)
}

export const automations: Invariant = {
  name,
  promise: "each automation reacts to each of its events once",
  check: (index) => {
    const { board } = index.evidence
    return Board.automations(board)
      .filter(Slice.issuesCommand)
      .flatMap((automation) => {
        const { issues } = automation
        return triggersOf(automation, index).flatMap((cause) =>
          automation.react(cause.event as never).flatMap((input: any, n: number) => {
            const reactions = reactionsTo(index, automation, cause, n)
            const states = Decide.statesOf(issues, input, (projection, streamId) =>
              Projection.fold(
                projection,
                (index.eventsByStream.get(Boundary.format(streamId)) ?? []).map(({ event }) => event)
              )
            )
            const decision = issues.decide(states, input, contextOf(cause, {}, { secret: standIn }))
            const isMissing = reactions.length === 0 && Array.isArray(decision) && decision.length > 0
            const unrelated = reactions.find(({ causationId }) => causationId !== cause.id)
            if (!isMissing && !unrelated) return []
            const description = unrelated
              ? `${automation.name} reacted to position ${cause.position} with an event that names another cause`
              : `${automation.name} never reacted to position ${cause.position}`
            return [
              {
                invariant: name,
                description: description,
                excerpt: [lineOfEvent(cause), ...excerptOfStream(index, cause.streamId)]
              }
            ]
          })
        )
      })
  }
}
