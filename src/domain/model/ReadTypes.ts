import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type * as Projection from "./Projection.ts"

/** A projection whose events can be in a boundary; else the reason why not, which the compiler shows. */
export type FoundIn<P extends Projection.Any, K extends Key.Key> = [Event.LackingKey<P["reads"][number], K>] extends [
  never
]
  ? P
  : `The event ${Event.LackingKey<P["reads"][number], K>["Type"]["_tag"]} lacks a word of the boundary's key`

/** An input that has the words of a key, some under other names. */
export type InputWith<K extends Key.Key, Words> = {
  readonly [
    Word in keyof K & string as Word extends keyof Words ? (Words[Word] extends string ? Words[Word] : Word) : Word
  ]: Key.Of<K>[Word & keyof Key.Of<K>]
}
