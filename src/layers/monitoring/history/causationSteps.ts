import type { EventView, CausationStep } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

/** The most steps that an answer shows: those nearest to the requested event. */
export const maxSteps = 200

/** The ids of one event that link it to its causes. */
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

/** The causes of an event, nearest first, as far as they were found. */
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

/** The steps nearest to a position, at most `maxSteps`. */
export const nearestSteps = (steps: ReadonlyArray<CausationStep>, position: number): ReadonlyArray<CausationStep> => {
  const distance = ({ facts }: CausationStep) => Math.abs(facts[0]!.position - position)
  return [...steps]
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, maxSteps)
    .sort((a, b) => a.facts[0]!.position - b.facts[0]!.position)
}

/** Whether the origin of a step is known: an event that was found, or a command that no event caused. */
export const isExplained = ({ causedBy, commandId, facts }: CausationStep) =>
  causedBy !== null || (facts[0]!.causationid ?? commandId) === commandId
