import { assert } from "@effect/vitest"

/** The element of a list with a name. */
export const named = <A extends { readonly name: string }>(list: ReadonlyArray<A>, name: string): A => {
  const found = list.find((each) => each.name === name)
  assert.isDefined(found, name)
  return found!
}
