import { useEffect, useState } from "preact/hooks"
import type { Option } from "./options.ts"
import { optionId } from "./Results.tsx"

/** The option that the arrow keys moved to, kept in view; none for a new text. */
export const useActiveOption = (options: ReadonlyArray<Option>, text: string) => {
  const [at, setAt] = useState(-1)
  const active = options[Math.min(at, options.length - 1)]
  useEffect(() => setAt(-1), [text])
  useEffect(() => {
    if (active) document.getElementById(optionId(active))?.scrollIntoView({ block: "nearest" })
  }, [active?.id])
  /** Moves down (1) or up (-1), from the last option to the first and back. */
  const step = (by: 1 | -1) => {
    if (options.length > 0) setAt((Math.max(at, by > 0 ? -1 : 0) + by + options.length) % options.length)
  }
  return { active, step }
}
