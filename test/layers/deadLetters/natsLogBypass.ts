import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Schedule } from "effect"
import { Nats } from "#layers/nats/connection/Nats.ts"
import type { LogBypass } from "./voiding.suite.ts"

/** The subjects of the operator's actions in the audit. */
const subjects = {
  voided: (position: number) => `audit.voided.${position}`,
  dismissed: (position: number) => `audit.dismissed.*.${position}`
}

/** The connection is in the context of the layer, which the type of `Backend` does not express. */
export const natsLogBypass: LogBypass = {
  appendUndecodable: (subject) =>
    Effect.flatMap(Nats, (nats) =>
      Effect.promise(async () => (await nats.request(subject, "{}")).json<{ readonly seq: number }>().seq)
    ) as Effect.Effect<number>,
  readAudit: (kind, position) =>
    Effect.flatMap(Nats, (nats) =>
      Effect.tryPromise(async () => {
        const jsm = await jetstreamManager(nats)
        const message = await jsm.streams.getMessage("audit", { last_by_subj: subjects[kind](position) })
        if (!message) throw new Error("it is not in the audit yet")
        return message.json()
      })
    ).pipe(Effect.retry(Schedule.spaced("20 millis"))) as Effect.Effect<unknown>
}
