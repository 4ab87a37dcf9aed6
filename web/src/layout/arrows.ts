import { curve, type Point } from "./curve.ts"
import { type Grid, middleOf, offset } from "./grid.ts"
import type { Arrow, Box, PlacedNote } from "./Layout.ts"
import type { Link } from "./Model.ts"
import type { Route } from "./routing/route.ts"
import type { Track } from "./routing/tracks.ts"
import { sizes } from "./sizes.ts"

/** An arrow from note to note, along its route, on its tracks. */
export const arrowOf = (
  { link, stretches }: Route,
  notes: ReadonlyMap<string, PlacedNote>,
  tracks: ReadonlyMap<string, Track>,
  { x, y }: Grid
): Arrow => {
  const [from, to] = [notes.get(link.from)!, notes.get(link.to)!]
  const at = stretches.map(({ vertical, line }, n) => {
    const span = vertical ? x(line) : y(line)
    return middleOf(span) + offset(tracks.get(`${link.id}/${n}`)!, line, span.to - span.from)
  })
  /** The point where an arrow ends at a note, `gap` pixels away from it. */
  const touch = (note: Box, n: number, forward: boolean, gap: number): Point => {
    const stretch = stretches[n]!
    const low = stretch.from < stretch.to !== forward
    if (stretch.vertical) return [at[n]!, low ? note.y - gap : note.y + note.height + gap]
    return [low ? note.x - gap : note.x + note.width + gap, at[n]!]
  }
  const line: Array<Point> = [touch(from, 0, true, 0)]
  for (let n = 1; n < stretches.length; n++) {
    line.push(stretches[n]!.vertical ? [at[n]!, at[n - 1]!] : [at[n - 1]!, at[n]!])
  }
  line.push(touch(to, stretches.length - 1, false, 3))
  return { ...link, ...curve(line) }
}

/** An arrow from the bottom of an event, along its left side, to a tag below it. */
export const arrowToTag = (link: Link, notes: ReadonlyMap<string, PlacedNote>): Arrow => {
  const [from, to] = [notes.get(link.from)!, notes.get(link.to)!]
  const x = to.x - 8 - sizes.tagTrack * (to.tag ?? 0)
  const y = to.y + to.height / 2
  return {
    ...link,
    ...curve([
      [x, from.y + from.height],
      [x, y],
      [to.x - 2, y]
    ])
  }
}
