import type { StreamConfig } from "@nats-io/jetstream"
import { Predicate } from "effect"

/** Whether the server's value matches the wanted one; fields that are not declared are the server's own. */
const matches = (wanted: unknown, found: unknown): boolean => {
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && found.length === wanted.length && wanted.every((each, n) => matches(each, found[n]))
  }
  if (Predicate.isObject(wanted)) {
    return (
      Predicate.isObject(found) &&
      Object.entries(wanted).every(([name, value]) => matches(value, (found as Record<string, unknown>)[name]))
    )
  }
  // The server omits fields that have their zero value.
  return wanted === found || (found === undefined && (!wanted || wanted === "none" || wanted === "default"))
}

const formatValue = (value: unknown) => JSON.stringify(value) ?? "unset"

/**
 * Field by field, the existing and the wanted value: `max_age: is 0, wanted 86400000000000`. A field that is wanted as
 * `undefined` must not be set.
 */
export const differences = (wanted: object, found: object): ReadonlyArray<string> =>
  Object.entries(wanted)
    .filter(([name, value]) => !matches(value, (found as Record<string, unknown>)[name]))
    .map(
      ([name, value]) =>
        `${name}: is ${formatValue((found as Record<string, unknown>)[name])}, wanted ${formatValue(value)}`
    )

type Limit = number | undefined

/** 0, -1 and undefined mean no limit. */
const isHigherLimit = (found: Limit, wanted: Limit) => !isLimit(found) || (isLimit(wanted) && found > wanted)
const isLimit = (limit: Limit): limit is number => limit !== undefined && limit > 0

/** By field: whether an operator's setting holds more, longer or safer than the board declares. */
const moreGenerous: { readonly [Field in keyof StreamConfig]?: (found: any, wanted: any) => boolean } = {
  max_bytes: isHigherLimit,
  max_msg_size: isHigherLimit,
  max_age: isHigherLimit,
  duplicate_window: (found: Limit = 0, wanted: Limit = 0) => found > wanted,
  num_replicas: (found: Limit = 1, wanted: Limit = 1) => found > wanted,
  // The history of a bucket; a stream has no such limit.
  max_msgs_per_subject: (found: Limit = -1, wanted: Limit = -1) => wanted > 0 && found > wanted && found <= 64,
  description: Predicate.isNotUndefined,
  compression: Predicate.isNotUndefined
}

/**
 * The configuration of a stream that an operator has changed: settings more generous than the board's declaration stay
 * (`keptSettings` lists them), all others are as declared.
 */
export const keepGenerousSettings = <W extends Partial<StreamConfig>>(wanted: W, found: StreamConfig) => {
  const fields = Object.keys(wanted).filter((name) => {
    const field = name as keyof StreamConfig
    return !matches(wanted[field], found[field]) && moreGenerous[field]?.(found[field], wanted[field])
  }) as Array<keyof StreamConfig>
  return {
    config: { ...wanted, ...Object.fromEntries(fields.map((field) => [field, found[field]])) } as W,
    keptSettings: fields.map(
      (field) => `${field} is ${formatValue(found[field])}, where the board declares ${formatValue(wanted[field])}`
    )
  }
}
