import { hash } from "node:crypto"
import { Predicate } from "effect"
import type { AnyDecision } from "#layers/commands/decider.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

type Secret = (name: string) => string

/** A value in place of a secret that only its app can derive. It has the same form, so that it can be part of an event. */
export const standIn: Secret = (name) => hash("sha256", name, "base64url")

/** Decides, and again with the secrets that were stored where the first decision has their stand-ins. */
export const decideWithSecrets = (
  decide: (secret: Secret) => AnyDecision,
  stored: ReadonlyArray<DomainEvent>
): AnyDecision => {
  const names = new Map<unknown, string>()
  const first = decide((name) => {
    names.set(standIn(name), name)
    return standIn(name)
  })
  if (names.size === 0 || !Array.isArray(first)) return first
  const secrets = new Map<string, string>()
  for (const [n, event] of first.entries()) {
    for (const [field, value] of Object.entries(event)) {
      const name = names.get(value)
      const found = (stored[n] as Readonly<Record<string, unknown>> | undefined)?.[field]
      if (name !== undefined && Predicate.isString(found) && found.length === standIn(name).length)
        secrets.set(name, found)
    }
  }
  return decide((name) => secrets.get(name) ?? standIn(name))
}
