import type { Model, SliceModel } from "../../../web/src/layout/index.ts"

/** A pseudorandom number generator: the same numbers from 0 to 1 for the same seed. */
const randomNumbers = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const syllables = ["Room", "Guest", "Clean", "Ledger", "Order", "Ship", "Note", "Reservation", "Ab", "Confirm"]

/** A plausible board with this number of slices: events in lanes, read models, automations, checked and trusted reads. */
export const generateModel = (seed: number, slices: number): Model => {
  const chance = randomNumbers(seed)
  const below = (n: number) => Math.floor(chance() * n)
  const pick = <A>(from: ReadonlyArray<A>): A => from[below(from.length)]!
  const some = <A>(from: ReadonlyArray<A>, max: number) =>
    Array.from(new Set(from.length === 0 ? [] : Array.from({ length: 1 + below(max) }, () => pick(from))))
  const named = (suffix: string, n: number) => `${pick(syllables)}${pick(syllables)}${suffix}${n}`
  const fields = () => some(["room", "client", "date", "team", "a rather long field", "amount"], 5)

  const boundaries = () => some(["course", "student", "night-of-the-room", "a-rather-long-boundary-name"], 3)

  const actors = Array.from({ length: 2 + below(4) }, (_, n) => ({ name: `Actor ${n}`, bot: n === 1 }))
  const people = actors.filter(({ bot }) => !bot).map(({ name }) => name)
  const lanes = Array.from({ length: 1 + below(5) }, (_, n) => ({
    title: `Lane ${n}`,
    stream: `stream-${n}${n % 2 ? "-of-the-whole-board" : ""}`,
    also: chance() < 0.3 ? boundaries() : []
  }))
  const events: Array<Model["events"][number]> = []
  const commands: Array<Model["commands"][number]> = []
  const views: Array<Model["views"][number]> = []
  const known = () => events.map(({ name }) => name)
  const addEvent = () => {
    events.push({ name: named("ed", events.length), lane: below(lanes.length), fields: fields() })
    return events.at(-1)!.name
  }
  const addCommand = () => {
    const emits = Array.from({ length: 1 + (chance() < 0.3 ? below(3) : 0) }, addEvent)
    if (chance() < 0.1) emits.push(known()[0]!)
    const trusts = chance() < 0.25 ? some(known(), 2) : []
    const checks = chance() < 0.1 ? some(known(), 1) : []
    const name = named("", commands.length)
    commands.push({ name, fields: fields(), emits: Array.from(new Set(emits)), guards: boundaries(), checks, trusts })
    return commands.at(-1)!.name
  }
  const columns = Array.from({ length: slices }, (_, n): SliceModel => {
    const rules = Array.from(
      { length: below(4) },
      (_, rule) => `the ${pick(syllables)} must be known to rule ${rule} of ${n}`
    )
    const column = { title: `Slice ${n} does ${pick(syllables)}`, rules, actor: pick(people) }
    const kind = events.length === 0 ? 0 : chance()
    if (kind < 0.45) return { ...column, tag: "Change", screen: `Screen ${below(8)}`, command: addCommand() }
    if (kind < 0.8) {
      views.push({ name: named("View", views.length), fields: fields(), reads: some(known(), 3) })
      return { ...column, tag: "View", screen: `Screen ${below(8)}`, view: views.at(-1)!.name }
    }
    const when = some(known(), 2)
    return { ...column, actor: actors[1]!.name, tag: "Automation", name: `bot-${n}`, when, command: addCommand() }
  })
  // Some read models read events to their right.
  const reads = views.map((view) =>
    chance() < 0.4 ? { ...view, reads: Array.from(new Set([...view.reads, ...some(known(), 3)])) } : view
  )
  return { actors, lanes, events, commands, views: reads, messages: [], slices: columns }
}
