import { focused } from "../view.ts"

const directions: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1]
}

const centre = (element: Element) => {
  const { left, top, width, height } = element.getBoundingClientRect()
  return [left + width / 2, top + height / 2] as const
}

/** The nearest item in a direction, excluding items too far to the side. */
const next = (items: ReadonlyArray<SVGGElement>, from: Element, [dx, dy]: readonly [number, number]) => {
  const [x, y] = centre(from)
  let best: { readonly item: SVGGElement; readonly cost: number } | undefined
  for (const item of items) {
    if (item === from) continue
    const [itemX, itemY] = centre(item)
    const ahead = (itemX - x) * dx + (itemY - y) * dy
    const aside = Math.abs((itemX - x) * dy) + Math.abs((itemY - y) * dx)
    if (ahead <= 2 || aside > ahead * 3) continue
    const cost = ahead + aside * 2
    if (!best || cost < best.cost) best = { item, cost }
  }
  return best?.item
}

export const itemOf = (id: string | undefined): SVGGElement | null =>
  id === undefined ? null : document.querySelector(`.item[data-id="${CSS.escape(id)}"]`)

export const focusOn = (item: SVGGElement): void => {
  focused.value = item.getAttribute("data-id")!
  item.focus({ preventScroll: true })
  item.scrollIntoView({ block: "nearest", inline: "center" })
}

/** Arrow keys move from note to note; Enter and the space bar open one. */
export const keys = (event: KeyboardEvent): void => {
  const item = (event.target as Element).closest<SVGGElement>(".item")
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault()
    item.dispatchEvent(new MouseEvent("click", { bubbles: true }))
    return
  }
  const items = Array.from((event.currentTarget as Element).querySelectorAll<SVGGElement>(".item"))
  const direction = directions[event.key]
  const to = direction
    ? next(items, item, direction)
    : event.key === "Home"
      ? items[0]
      : event.key === "End"
        ? items.at(-1)
        : undefined
  if (!direction && !to) return
  event.preventDefault()
  if (to) focusOn(to)
}
