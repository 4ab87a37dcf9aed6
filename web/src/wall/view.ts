import { computed, signal } from "@preact/signals"
import { wall } from "./wallState.ts"

// How the wall is looked at: how near, what for, and from which post-it the arrow keys go on.

export const zoom = signal(1)
const [maxZoom, minZoom] = [2.5, 0.04]
const zoomTo = (scale: number): void => {
  zoom.value = Math.min(maxZoom, Math.max(minZoom, scale))
}

/** Zooms about a point of what is seen, or its middle, so that what is there stays there. */
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

/** As much of the wall as can be read: all of it, unless its letters became smaller than they are at their natural size. */
const smallestReadable = 1
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

/** What the rows of the read model that is open are narrowed to, by the words of its key. */
export const rowFilter = signal<Readonly<Record<string, string>>>({})

const matches = (text: string, words: ReadonlyArray<string>) => words.every((word) => text.toLowerCase().includes(word))

/** Ids of the post-its and rules that say what is searched for, left to right; nothing if nothing is. */
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

/** The post-it that was opened or gone to last. */
export const focused = signal<string>()

/** The post-it that the tab key stops at: the last one, or the first of all. */
export const tabStop = computed(() => {
  if (focused.value !== undefined || !wall.value) return focused.value
  const { cards, notes } = wall.value.layout
  const first = cards.find(({ rules }) => rules.length > 0)
  return first ? ruleId(first.column, first.rules[0]!.rule) : notes[0]?.id
})
