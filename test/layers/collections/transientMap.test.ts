import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TransientMap } from "#layers/collections/TransientMap.ts"

const step = Schema.Struct({ key: Schema.Literals(["a", "b", "c", "d"]), isAdded: Schema.Boolean })

it.effect.prop(
  "a transient map has the entries of a map",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.sync(() => {
      const map = new TransientMap<string, number>()
      const expected = new Map<string, number>()
      for (const [n, { isAdded, key }] of steps.entries()) {
        if (isAdded) {
          map.add(key, n)
          expected.set(key, n)
        } else {
          map.delete(key)
          expected.delete(key)
        }
        assert.deepStrictEqual([...map], [...expected])
        assert.strictEqual(map.size, expected.size)
        for (const each of ["a", "b", "c", "d"]) assert.strictEqual(map.get(each), expected.get(each))
      }
    }),
  { arbitrary: { size: 60 } }
)
