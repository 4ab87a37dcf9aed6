import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import { Arrows } from "./Arrows.tsx"
import { Cards } from "./Cards.tsx"
import { Names, Rows } from "./Rows.tsx"
import { Notes } from "./Notes.tsx"
import { keys } from "./keys.ts"
import { onAppended, wall } from "./state.ts"
import { travel } from "./travel.ts"
import { fit, zoom, zoomBy } from "./view.ts"

/** The wall itself. It is scrolled as any page is; the names of the rows stay. */
export const Board = () => {
  const scroller = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const { layout, board } = wall.value!
  const { width, height } = layout

  useLayoutEffect(() => fit(), [])

  useEffect(() => {
    const svg = picture.current!
    const byId = new Map(
      Array.from(svg.querySelectorAll("[data-id]"), (element) => [element.getAttribute("data-id"), element])
    )
    const byArrow = new Map(
      Array.from(svg.querySelectorAll("[data-arrow]"), (element) => [element.getAttribute("data-arrow"), element])
    )
    const go = travel(layout, {
      note: (id) => byId.get(id) ?? null,
      arrow: (id) => byArrow.get(id) ?? null,
      dots: svg.querySelector<SVGGElement>(".dots")!
    })
    return onAppended((type, times, seen) => {
      const command = seen?.source.split("/").at(-1)
      const byGear = board.automations.some(({ actor, issues }) => issues === command && actor === seen?.actor)
      go(type, times, command, byGear)
    })
  }, [layout])

  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    zoomBy(Math.exp(-event.deltaY / 400), [event.clientX, event.clientY])
  }
  useEffect(() => {
    const element = scroller.current!
    element.addEventListener("wheel", wheel, { passive: false })
    return () => element.removeEventListener("wheel", wheel)
  }, [])

  const [shownWidth, shownHeight] = [Math.round(width * zoom.value), Math.round(height * zoom.value)]
  return (
    <div class="scroller" ref={scroller}>
      <div class="sheet" style={{ width: `${shownWidth}px`, height: `${shownHeight}px` }}>
        <svg
          ref={picture}
          class="board"
          viewBox={`0 0 ${width} ${height}`}
          width={shownWidth}
          height={shownHeight}
          role="group"
          aria-label={`The wall of ${board.title}. Arrow keys go from post-it to post-it, Enter opens one.`}
          onKeyDown={keys}
        >
          <Rows />
          <Arrows />
          <Cards />
          <Notes />
          <g class="dots" aria-hidden="true" />
        </svg>
        <Names scale={zoom.value} />
      </div>
    </div>
  )
}
