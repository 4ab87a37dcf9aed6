import type { Arrow, Layout } from "../../layout/index.ts"
import { dots } from "./dots.ts"
import { lights } from "./lights.ts"

/** The elements of the wall that can light up. */
interface Elements {
  readonly note: (id: string) => Element | null
  readonly arrow: (id: string) => Element | null
  /** The group that the dots are drawn in. */
  readonly dots: SVGGElement
}

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)")

/** Lights up notes and moves dots along the arrows. With `prefers-reduced-motion` there are no dots. */
export const animation = ({ arrows }: Layout, elements: Elements) => {
  const lit = lights()
  const moving = dots(arrows, elements.dots)
  let frame = 0

  const step = (now: number) => {
    frame = 0
    moving.move(now)
    lit.putOutExpired(now)
    if (moving.isAnyMoving() || lit.isAnyLit()) run()
  }
  const run = () => {
    frame ||= requestAnimationFrame(step)
  }

  const light = (element: Element | null) => {
    if (!element) return
    lit.light(element, performance.now())
    run()
  }
  const send = (arrow: Arrow, weight: number, arrived: () => void) => {
    light(elements.arrow(arrow.id))
    if (reducedMotion.matches) return arrived()
    moving.send(arrow, weight, arrived, performance.now())
    run()
  }
  /** Removes all dots and all light. */
  const stop = () => {
    moving.clear()
    lit.clear()
  }
  return { light: (id: string) => light(elements.note(id)), send, stop }
}
