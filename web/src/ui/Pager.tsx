import "./pager.css"
import { count } from "./format.ts"

interface Props {
  /** What is turned, in the plural: `rooms`. */
  readonly what: string
  /** Where the page begins, from 0. */
  readonly from: number
  readonly size: number
  readonly all: number
  /** Turns to the page that begins there. */
  readonly onTurn: (from: number) => void
}

/** Turns the pages of a list that is longer than one; of a shorter one there is nothing to turn. */
export const Pager = ({ what, from, size, all, onTurn }: Props) => {
  if (all <= size) return null
  const to = Math.min(all, from + size)
  const isLast = to >= all
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <button
        type="button"
        aria-label={`Previous ${what}`}
        aria-disabled={from === 0}
        onClick={() => from > 0 && onTurn(Math.max(0, from - size))}
      >
        ‹ Previous
      </button>
      <span role="status">
        {count(from + 1)} to {count(to)} of {count(all)} {what}
      </span>
      <button
        type="button"
        aria-label={`Next ${what}`}
        aria-disabled={isLast}
        onClick={() => isLast || onTurn(from + size)}
      >
        Next ›
      </button>
    </nav>
  )
}
