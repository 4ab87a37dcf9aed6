import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import { playFeed } from "../play/playFeed.ts"
import { fit, zoom } from "../view.ts"
import { wall } from "../wallState.ts"
import { Arrows } from "./Arrows.tsx"
import { Cards } from "./Cards.tsx"
import { keys } from "./keys.ts"
import { Notes } from "./Notes.tsx"
import { pannable } from "./pan.ts"
import { Names, Rows } from "./Rows.tsx"
import { wheelZoom } from "./wheelZoom.ts"

/** The wall, which is scrolled or dragged; the names of its rows and the cards of its columns stay in view. */
export const Board = () => {
  const scroller = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const { layout, board } = wall.value!
  const { cardHeight, header, height, width } = layout

  useLayoutEffect(() => fit(), [layout])
  useEffect(() => pannable(scroller.current!), [])
  useEffect(() => wheelZoom(scroller.current!), [])
  useEffect(() => playFeed(picture.current!, { board, layout }), [layout])

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
