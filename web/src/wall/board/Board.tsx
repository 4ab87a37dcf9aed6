import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import type { Blueprint } from "../../../../src/layers/contract/blueprintSchema.ts"
import { type FeedItem, onFeedItem } from "../feed.ts"
import { animation } from "../play/animation.ts"
import { type PlayedCommand, commandsOf, commandsOfCounts, rejectedCommand } from "../play/playedCommands.ts"
import { player } from "../play/player.ts"
import { fit, zoom, zoomBy } from "../view.ts"
import { showRejection, wall, requestedPosition } from "../wallState.ts"
import { Arrows } from "./Arrows.tsx"
import { Cards } from "./Cards.tsx"
import { keys } from "./keys.ts"
import { Notes } from "./Notes.tsx"
import { pannable } from "./pan.ts"
import { Names, Rows } from "./Rows.tsx"

const playedCommands = (item: FeedItem, board: Blueprint, key: string): ReadonlyArray<PlayedCommand> => {
  if (item.is === "facts") return commandsOf(item.events, board)
  if (item.is === "counts") return commandsOfCounts(item.times, board, key)
  const { command, last, times } = item
  return [rejectedCommand({ command, actor: last.actor, name: last.type, times }, board, key)]
}

/** The wall, which is scrolled or dragged; the names of its rows and the cards of its columns stay in view. */
export const Board = () => {
  const scroller = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const { layout, board } = wall.value!
  const { cardHeight, header, height, width } = layout

  useLayoutEffect(() => fit(), [layout])
  useEffect(() => pannable(scroller.current!), [])

  useEffect(() => {
    const svg = picture.current!
    const byId = new Map(
      Array.from(svg.querySelectorAll("[data-id]"), (element) => [element.getAttribute("data-id"), element])
    )
    const byArrow = new Map(
      Array.from(svg.querySelectorAll("[data-arrow]"), (element) => [element.getAttribute("data-arrow"), element])
    )
    const { light, send, stop } = animation(layout, {
      note: (id) => byId.get(id) ?? null,
      arrow: (id) => byArrow.get(id) ?? null,
      dots: svg.querySelector<SVGGElement>(".dots")!
    })
    const actors = board.slices.map(({ actor }) => actor)
    const { clear, show } = player(layout, actors, { light, send, reject: showRejection })
    let nth = 0
    const unsubscribeFeed = onFeedItem((item) => {
      // A wall that shows the past does not play the present.
      if (requestedPosition.value === undefined) playedCommands(item, board, `${nth++}`).forEach(show)
    })
    const end = () => {
      clear()
      stop()
    }
    const unsubscribeTime = requestedPosition.subscribe((at) => at !== undefined && end())
    return () => {
      unsubscribeFeed()
      unsubscribeTime()
      end()
    }
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

  const scaled = (natural: number) => Math.round(natural * zoom.value)
  /** Keeps a note that the arrow keys focus clear of the names and the cards. */
  const padding = `${scaled(cardHeight) + 8}px 8px 8px ${scaled(header) + 8}px`
  return (
    <div class="scroller" ref={scroller} style={{ scrollPadding: padding }}>
      <div
        class="sheet"
        style={{ width: `${scaled(width)}px`, height: `${scaled(height)}px` }}
        role="group"
        aria-label={`The wall of ${board.title}. Arrow keys move from note to note, Enter opens one.`}
        onKeyDown={keys}
      >
        <svg
          class="columns"
          viewBox={`0 0 ${width} ${cardHeight}`}
          width={scaled(width)}
          height={scaled(cardHeight)}
          aria-label="Slices"
          role="group"
        >
          <rect class="corner" x={-20} y={-4} width={width + 40} height={cardHeight + 4} />
          <Cards />
        </svg>
        <svg
          ref={picture}
          class="board"
          viewBox={`0 0 ${width} ${height}`}
          width={scaled(width)}
          height={scaled(height)}
          aria-label="Notes"
          role="group"
        >
          <Rows />
          <Arrows />
          <Notes />
          <g class="dots" aria-hidden="true" />
        </svg>
        <Names scale={zoom.value} />
        <div class="corner" style={{ width: `${scaled(header)}px`, height: `${scaled(cardHeight)}px` }} />
      </div>
    </div>
  )
}
