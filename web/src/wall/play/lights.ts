const glowMillis = 1_400

/** Elements that are lit for `glowMillis` after they were lit last. */
export interface Lights {
  readonly light: (element: Element, now: number) => void
  readonly putOutExpired: (now: number) => void
  readonly isAnyLit: () => boolean
  readonly clear: () => void
}

export const lights = (): Lights => {
  const litUntil = new Map<Element, number>()
  const putOut = (element: Element) => {
    element.classList.remove("lit")
    litUntil.delete(element)
  }
  return {
    light: (element, now) => {
      if (!litUntil.has(element)) element.classList.add("lit")
      litUntil.set(element, now + glowMillis)
    },
    putOutExpired: (now) => {
      for (const [element, until] of litUntil) if (now >= until) putOut(element)
    },
    isAnyLit: () => litUntil.size > 0,
    clear: () => {
      for (const element of litUntil.keys()) putOut(element)
    }
  }
}
