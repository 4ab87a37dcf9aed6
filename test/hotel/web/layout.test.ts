import { assert, describe, it } from "@effect/vitest"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { clinic } from "#test/boards/clinicBoard.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { generateModel } from "#test/web/support/generateModel.ts"
import { type Box, type Label, type Layout, layout, type Model, modelOf } from "../../../web/src/layout/index.ts"
import { textWidth } from "../../../web/src/layout/text.ts"

type Viewport = Parameters<typeof layout>[1]

const hotel = modelOf(blueprintOf(hotelBooking))
const small = { width: 1256, height: 596 }
const medium = { width: 1416, height: 776 }
const large = { width: 2536, height: 1300 }

const walls: ReadonlyArray<readonly [name: string, model: Model, viewport: Viewport | undefined]> = [
  ["the hotel", hotel, undefined],
  ["the hotel in a small window", hotel, small],
  ["the hotel in a medium window", hotel, medium],
  ["the hotel in a large window", hotel, large],
  ["the library", modelOf(blueprintOf(library)), undefined],
  ["the clinic, with commands on several boundaries", modelOf(blueprintOf(clinic)), undefined],
  ["the library that sends messages", modelOf(blueprintOf(lending)), undefined],
  ["a large board in a small window", generateModel(3, 60), small],
  ...Array.from({ length: 12 }, (_, seed) => {
    const slices = seed < 2 ? 60 : 1 + ((seed * 7) % 40)
    return [`board ${seed}, of ${slices} slices`, generateModel(seed, slices), undefined] as const
  })
]
const laidOut = new Map(walls.map(([name, model, viewport]) => [name, layout(model, viewport)]))

const apart = (a: Box, b: Box) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y

const inside = (inner: Box, outer: Box) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

const boxOf = ({ text, x, y, size, bold, mono }: Label): Box => ({
  x,
  y: y - size,
  width: textWidth(text, size, mono ? "mono" : bold ? "semibold" : "regular"),
  height: size * 1.2
})

const pairs = <A>(all: ReadonlyArray<A>) => all.flatMap((a, n) => all.slice(n + 1).map((b) => [a, b] as const))

/** Every label with the box that it has to fit in. */
const labelsOf = ({ notes, cards, rows, header }: Layout): ReadonlyArray<readonly [Label, Box]> => [
  ...notes.flatMap((note) =>
    [...note.title, ...(note.fields ? [note.fields] : []), ...(note.guards ? [note.guards] : [])].map(
      (label) => [label, note] as const
    )
  ),
  ...cards.flatMap((card) =>
    [...card.title, ...card.rules.flatMap(({ lines }) => lines)].map((label) => [label, card] as const)
  ),
  ...rows.flatMap(({ also, title, subtitle, ...row }) =>
    [title, ...(subtitle ? [subtitle] : []), ...also].map((label) => [label, { ...row, width: header }] as const)
  )
]

/** The segments of an arrow, as thin boxes. */
const piecesOf = ({ points }: Layout["arrows"][number]): ReadonlyArray<Box> =>
  points.slice(1).map(([x, y], n) => {
    const [fromX, fromY] = points[n]!
    return { x: Math.min(x, fromX), y: Math.min(y, fromY), width: Math.abs(x - fromX), height: Math.abs(y - fromY) }
  })

const grown = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x - by,
  y: y - by,
  width: width + 2 * by,
  height: height + 2 * by
})

it("the hotel is not wider than its window, and not higher than a medium one", () => {
  // Eight columns fit; a board with more is wider in proportion.
  const share = Math.max(1, hotel.slices.length / 8)
  for (const viewport of [small, medium, large]) assert.isAtMost(layout(hotel, viewport).width, viewport.width * share)
  assert.isAtMost(layout(hotel, medium).height, medium.height * share)
})

it("rows have no extra height if the wall is scrolled anyhow", () => {
  for (const model of [hotel, generateModel(3, 40)]) {
    const dense = layout(model, { width: 300, height: 1 })
    assert.strictEqual(layout(model, { width: 300, height: dense.height }).height, dense.height)
  }
})

describe.each(walls)("The wall of %s", (name, model, viewport) => {
  const wall = laidOut.get(name)!

  it("is deterministic", () => {
    assert.deepStrictEqual(layout(structuredClone(model), viewport), wall)
  })

  it("has no text smaller than 11 pixels", () => {
    for (const [{ size, text }] of labelsOf(wall)) assert.isAtLeast(size, 11, text)
  })

  it("has every declaration and every link", () => {
    const drawn = (kind: string) =>
      wall.notes.filter((note) => note.kind === kind && !note.isRepeated).map(({ name }) => name)
    assert.sameMembers(
      drawn("event"),
      model.events.map(({ name }) => name)
    )
    assert.sameMembers(
      drawn("command"),
      model.slices.flatMap((slice) => ("command" in slice ? [slice.command] : []))
    )
    assert.sameMembers(
      drawn("message"),
      model.messages.map(({ name }) => name)
    )
    assert.sameMembers(
      drawn("view"),
      model.views.map(({ name }) => name)
    )
    assert.strictEqual(wall.cards.length, model.slices.length)
    const byId = new Map(wall.notes.map((note) => [note.id, note]))
    const links = new Set(wall.arrows.map(({ from, to }) => `${byId.get(from)!.name} > ${byId.get(to)!.name}`))
    for (const { checks, emits, name, trusts } of model.commands) {
      for (const event of emits) assert.isTrue(links.has(`${name} > ${event}`), `${name} > ${event}`)
      for (const event of [...checks, ...trusts]) assert.isTrue(links.has(`${event} > ${name}`), `${event} > ${name}`)
    }
    for (const slice of model.slices) {
      if (slice.tag !== "Messages") continue
      for (const message of slice.sends) assert.isTrue(links.has(`${slice.name} > ${message}`), message)
      for (const event of slice.when) assert.isTrue(links.has(`${event} > ${slice.name}`), event)
    }
    for (const { name, reads } of model.views) {
      for (const event of reads) assert.isTrue(links.has(`${event} > ${name}`), `${event} > ${name}`)
    }
  })

  it("names the boundaries that each command guards, and further ones of each lane", () => {
    for (const { guards, name } of model.commands) {
      for (const note of wall.notes.filter((note) => note.kind === "command" && note.name === name))
        assert.strictEqual(note.allGuards ?? "", guards.join(" · "), name)
    }
    const lanes = wall.rows.filter(({ kind }) => kind === "lane")
    assert.deepStrictEqual(
      lanes.map(({ also }) => also.length > 0),
      model.lanes.map(({ also }) => also.length > 0)
    )
  })

  it("is inside its canvas, without overlapping boxes", () => {
    const canvas = { x: 0, y: 0, width: wall.width, height: wall.height }
    const boxes = [...wall.notes, ...wall.cards]
    for (const box of [...boxes, ...wall.rows, ...wall.arrows.flatMap(piecesOf)]) assert.isTrue(inside(box, canvas))
    for (const [a, b] of pairs(boxes)) if (!apart(a, b)) assert.fail(`${JSON.stringify(a)} ${JSON.stringify(b)}`)
  })

  it("has no label outside its box or on another label", () => {
    for (const [label, box] of labelsOf(wall)) assert.isTrue(inside(boxOf(label), box), label.text)
    for (const [, labels] of Map.groupBy(labelsOf(wall), ([, { x, y }]) => `${x}/${y}`)) {
      for (const [[a], [b]] of pairs(labels)) assert.isTrue(apart(boxOf(a), boxOf(b)), `${a.text} / ${b.text}`)
    }
  })

  it("has no arrow that crosses a note, a card or the names of the rows", () => {
    const still = [...wall.notes, ...wall.cards.map((card) => ({ id: "", ...card }))]
    const names = { x: 0, y: 0, width: wall.header, height: wall.height }
    for (const arrow of wall.arrows) {
      const pieces = piecesOf(arrow)
      assert.isTrue(
        pieces.every((piece) => apart(piece, names)),
        arrow.id
      )
      for (const box of still) {
        const isEnd = box.id === arrow.from || box.id === arrow.to
        const around = grown(box, isEnd ? -1 : 2)
        if (!pieces.every((piece) => apart(piece, around))) assert.fail(`${arrow.id} crosses ${box.id}`)
      }
    }
  })

  it("has no overlapping arrows", () => {
    const straight = wall.arrows.flatMap((arrow) =>
      piecesOf(arrow).flatMap((piece) => (piece.width === 0 || piece.height === 0 ? [{ arrow, piece }] : []))
    )
    for (const [vertical, side] of [
      [true, "x"],
      [false, "y"]
    ] as const) {
      const along = straight
        .filter(({ piece }) => (vertical ? piece.width : piece.height) === 0)
        .sort((a, b) => a.piece[side] - b.piece[side])
      along.forEach((one, n) => {
        for (let m = n + 1; m < along.length && along[m]!.piece[side] - one.piece[side] < 3; m++) {
          const other = along[m]!
          const beside = apart(grown(one.piece, 1.5), grown(other.piece, -0.5))
          assert.isTrue(one.arrow === other.arrow || beside, `${one.arrow.id} on ${other.arrow.id}`)
        }
      })
    }
  })
})
