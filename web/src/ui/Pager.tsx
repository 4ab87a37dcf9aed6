import "./pager.css"
import { count } from "./format.ts"

interface Props {
  /** The name of the items, in the plural: `rooms`. */
  readonly what: string
  /** The index of the page's first item, from 0. */
  readonly from: number
  readonly size: number
  readonly all: number
  /** Called with the index of the first item of the page to show. */
  readonly onTurn: (from: number) => void
}

/** Buttons that page through a list; nothing if the list has one page. */
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
