import type { EventView, CausationStep } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

/** The most steps that an answer shows: those nearest to what was asked about. */
export const maxSteps = 200

/** What one event says of how it came about. */
export interface Link {
  readonly position: number
  readonly id: string | undefined
  readonly causationid: string | undefined
  readonly correlationid: string | undefined
  readonly commandid: string | undefined
}

export const linkOf = (logged: LogMessage): Link => {
  const { causationid, commandid, correlationid, id } = logged.attributes()
  return { position: logged.position, id, causationid, correlationid, commandid }
}

/** The causes of a fact, nearest first: as far as they are among what was found. */
export const causesOf = (event: Link, byId: ReadonlyMap<string, Link>): ReadonlyArray<number> => {
  const causes: Array<number> = []
  const causeOf = ({ causationid }: Link) => (causationid === undefined ? undefined : byId.get(causationid))
  for (let at = causeOf(event); at && at.position < (causes.at(-1) ?? event.position); at = causeOf(at)) {
    causes.push(at.position)
  }
  return causes
}

export const stepsOf = (
  events: ReadonlyArray<EventView>,
  byId: ReadonlyMap<string, Link>
): ReadonlyArray<CausationStep> =>
  Array.from(
    Map.groupBy(events, ({ commandid, id }) => commandid ?? id),
    ([commandId, facts]) => {
      const [{ actor = "", causationid = "", source, subject = "", time }] = facts as [EventView]
      return {
        command: source.slice(source.lastIndexOf("/") + 1),
        commandId,
        actor,
        time,
        place: subject,
        causedBy: byId.get(causationid)?.position ?? null,
        facts
      }
    }
  )

/** Steps next to a position, so many at the most. */
export const nearestSteps = (steps: ReadonlyArray<CausationStep>, position: number): ReadonlyArray<CausationStep> => {
  const distance = ({ facts }: CausationStep) => Math.abs(facts[0]!.position - position)
  return [...steps]
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, maxSteps)
    .sort((a, b) => a.facts[0]!.position - b.facts[0]!.position)
}

/** Whether somebody asked for it, rather than a fact that was not found. */
export const isExplained = ({ causedBy, commandId, facts }: CausationStep) =>
  causedBy !== null || (facts[0]!.causationid ?? commandId) === commandId
