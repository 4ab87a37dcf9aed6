import * as Boundary from "./Boundary.ts"
import type * as Key from "./Key.ts"
import type * as Projection from "./Projection.ts"
import type { FoundIn, InputWith } from "./ReadTypes.ts"

/**
 * What a command has to know of a boundary: a projection of the events that are found in it. `Input` is what the command's
 * input must have, so that it names the instances of the boundary.
 */
export interface Read<in Input, P extends Projection.Any, K extends Key.Key, Many extends boolean> {
  readonly projection: P
  readonly boundary: Boundary.Boundary<K>
  /** Whether it reads several instances, so that its state is a list. */
  readonly many: Many
  /** The input's fields that have the words of the key, by word, where they are called otherwise; undefined for a list. */
  readonly fields: Readonly<Record<string, string | undefined>> | undefined
  /** The words of each instance's key. */
  readonly keysOf: (input: Input) => ReadonlyArray<Key.Of<K>>
}

export interface Any extends Read<any, Projection.Any, any, boolean> {}

/** Reads by name; `decide` receives their states under these names. */
export type Named<Input> = Readonly<Record<string, Read<Input, any, any, boolean>>>

/** One of several instances, and its state. */
export interface Instance<K extends Key.Key, P extends Projection.Any> {
  readonly key: Key.Of<K>
  readonly state: Projection.State<P>
}

export type State<R> =
  R extends Read<any, infer P, infer K, infer Many>
    ? Many extends true
      ? ReadonlyArray<Instance<K, P>>
      : Projection.State<P>
    : never

/** Reads the instance that the input names by the words of the boundary's key. */
export const one = <P extends Projection.Any, K extends Key.Key>(
  projection: P & FoundIn<P, K>,
  boundary: Boundary.Boundary<K>
): Read<Key.Of<K>, P, K, false> => ({ projection, boundary, many: false, fields: {}, keysOf: (input) => [input] })

/**
 * Reads the instance that the input names by other words: `{ name: "oldName" }` takes the key's word `name` from the input's
 * field `oldName`. Words that are left out have their own names.
 */
export const at = <
  P extends Projection.Any,
  K extends Key.Key,
  const Fields extends { readonly [Word in keyof K & string]?: string }
>(
  projection: P & FoundIn<P, K>,
  boundary: Boundary.Boundary<K>,
  fields: Fields
): Read<InputWith<K, Fields>, P, K, false> => ({
  projection,
  boundary,
  many: false,
  fields,
  keysOf: (input: any) => [
    Object.fromEntries(Object.keys(boundary.key).map((word) => [word, input[fields[word] ?? word]])) as never
  ]
})

/** Reads one instance for each key that a function of the input gives, such as the nights of a stay. */
export const each = <P extends Projection.Any, K extends Key.Key, Input>(
  projection: P & FoundIn<P, K>,
  boundary: Boundary.Boundary<K>,
  keysOf: (input: Input) => ReadonlyArray<Key.Of<K>>
): Read<Input, P, K, true> => ({ projection, boundary, many: true, fields: undefined, keysOf })

/** The event streams of a read, in the order of its keys. Throws `Key.InvalidKey` if the input's words cannot be encoded. */
export const streamIds = (read: Any, input: unknown): ReadonlyArray<Boundary.StreamId> =>
  read.keysOf(input).map((key) => Boundary.streamId(read.boundary, key as never))

/** The state of a read from the state of each of its event streams. */
export const stateOf = (read: Any, input: unknown, states: ReadonlyArray<unknown>): unknown =>
  read.many ? read.keysOf(input).map((key, n) => ({ key, state: states[n] })) : states[0]
