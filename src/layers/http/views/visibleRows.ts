import { Schema } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import { readersOf } from "#layers/access/Access.ts"
import { type Caller, identityAs, isOperator } from "#layers/access/Caller.ts"
import type { Rows } from "#layers/contract/operationsSchema.ts"
import { rowSchema, stateOf } from "#layers/views/rows/row.ts"

type AnyRow = Record<string, unknown>

/** What callers see of the rows of a view, as its `sees` says. */
export const visibleRows = (view: Slice.View<any, any>) => {
  const { by, key, sees } = view
  const readers = readersOf(by)
  const json = Schema.toCodecJson(rowSchema(view))
  const decode = Schema.decodeUnknownSync(json)
  const encode = Schema.encodeUnknownSync(json)

  /** The rule for a caller; undefined if the caller sees everything. */
  const ruleFor = (caller: Caller | undefined) => {
    const identity = caller && !isOperator(caller) && sees ? identityAs(caller, readers) : undefined
    return (
      identity &&
      ((row: AnyRow): AnyRow | undefined => {
        const state = stateOf(view, row)
        const seen = sees!(identity, state, Key.pick(key, row))
        if (seen === undefined) return undefined
        const others = Object.entries(row).filter(([name]) => !(name in state))
        return { ...Object.fromEntries(others), ...seen }
      })
    )
  }

  return {
    /** A row as the caller sees it; undefined if they may not see it. */
    row: <Row extends AnyRow>(caller: Caller | undefined, row: Row): Row | undefined => {
      const rule = ruleFor(caller)
      return rule ? (rule(row) as Row | undefined) : row
    },
    /** A list as the caller sees it. It does not say which rows lack events, since that may be about others. */
    list: (caller: Caller | undefined, list: Omit<Rows, "log">): Omit<Rows, "log"> => {
      const rule = ruleFor(caller)
      if (!rule) return list
      const rows = list.rows.flatMap(({ deadLetters, ...row }) => {
        const seen = rule(decode(row))
        return seen
          ? [{ ...(encode(seen) as Rows["rows"][number]), ...(deadLetters !== undefined && { deadLetters }) }]
          : []
      })
      const count = list.deadLetters?.reduce((sum, each) => sum + each.count, 0) ?? 0
      const { deadLetters, ...rest } = list
      return { ...rest, rows, ...(count > 0 && { deadLetters: [{ key: {}, count }] }) }
    }
  }
}
