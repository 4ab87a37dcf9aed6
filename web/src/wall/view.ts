import { computed, signal } from "@preact/signals"
import { wall } from "./wallState.ts"

// The view of the wall: its zoom, its search, and the note that the arrow keys start from.

export const zoom = signal(1)
const [maxZoom, minZoom] = [2.5, 0.04]
const zoomTo = (scale: number): void => {
  zoom.value = Math.min(maxZoom, Math.max(minZoom, scale))
}

/** Zooms around a point of the window, by default the middle of the scroller: the point keeps its content. */
export const zoomBy = (factor: number, at?: readonly [x: number, y: number]): void => {
  const scroller = document.querySelector(".scroller")
  if (!scroller) return
  const { left, top, width, height } = scroller.getBoundingClientRect()
  const [x, y] = at ? [at[0] - left, at[1] - top] : [width / 2, height / 2]
  const before = zoom.value
  zoomTo(before * factor)
  const grown = zoom.value / before
  requestAnimationFrame(() => {
    scroller.scrollLeft = (scroller.scrollLeft + x) * grown - x
    scroller.scrollTop = (scroller.scrollTop + y) * grown - y
  })
}

/** Below the natural size the letters are too small to read. */
const smallestReadable = 1
/** Zooms so that the wall fits its window; if `readable`, not below the size at which it can be read. */
export const fit = (readable = true): void => {
  const { layout } = wall.value!
  const scroller = document.querySelector(".scroller")
  if (!scroller) return
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(scroller)
  const width = scroller.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)
  const height = scroller.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom)
  const whole = Math.min(width / layout.width, height / layout.height)
  const scale = Math.min(1.4, whole)
  zoomTo(readable ? Math.max(smallestReadable, Math.min(scale, 1.25)) : scale)
}

export const isTable = signal(false)
export const searchText = signal("")

/** The filter of the rows of the open read model, by the fields of its key. */
export const rowFilter = signal<Readonly<Record<string, string>>>({})

const matches = (text: string, words: ReadonlyArray<string>) => words.every((word) => text.toLowerCase().includes(word))

/** Ids of the notes and rules that match the search, left to right; undefined without a search. */
export const matchingIds = computed<ReadonlySet<string> | undefined>(() => {
  const words = searchText.value
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "")
  if (words.length === 0 || !wall.value) return undefined
  const { cards, notes } = wall.value.layout
  const { board } = wall.value
  const fieldsOf = (name: string) =>
    [...board.facts, ...board.commands, ...board.views].find((declared) => declared.name === name)?.fields.join(" ") ??
    ""
  return new Set(
    cards.flatMap(({ column, rules }) => {
      const { title, actor } = board.slices[column]!
      return [
        ...rules.filter(({ rule }) => matches(`${title} ${rule}`, words)).map(({ rule }) => ruleId(column, rule)),
        ...notes
          .filter((note) => note.column === column)
          .filter(({ kind, name }) => matches(`${kind} ${name} ${kind === "screen" ? actor : fieldsOf(name)}`, words))
          .map(({ id }) => id)
      ]
    })
  )
})

export const ruleId = (column: number, rule: string): string => `rule/${column}/${rule}`

/** The note that was opened or focused last. */
export const focused = signal<string>()

/** The note that the tab key stops at: the last focused one, else the first. */
export const tabStop = computed(() => {
  if (focused.value !== undefined || !wall.value) return focused.value
  const { cards, notes } = wall.value.layout
  const first = cards.find(({ rules }) => rules.length > 0)
  return first ? ruleId(first.column, first.rules[0]!.rule) : notes[0]?.id
})
