import type { Page } from "playwright-core"

/** Texts of the wall with less contrast than WCAG AA requires; axe does not check this in SVG. */
export const lowContrastTexts = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]
    const read = (colour: string, opacity = "1"): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/gu) ?? []).map(Number)
      return [red, green, blue, alpha * Number(opacity)]
    }
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (n: 0 | 1 | 2) => top[n] * top[3] + below[n] * (1 - top[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const luminance = (colour: Colour) => {
      const part = (n: 0 | 1 | 2) => {
        const share = colour[n] / 255
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      }
      return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
    }
    const contrast = (a: Colour, b: Colour) => {
      const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other)
      return (light! + 0.05) / (dark! + 0.05)
    }
    const fill = (element: Element) => read(getComputedStyle(element).fill, getComputedStyle(element).fillOpacity)

    const shades = (part: Element): ReadonlyArray<Colour> => {
      const bands = Array.from(document.querySelectorAll(".band"), fill)
      const own = part.querySelector(".alarm rect") ? [] : part.querySelectorAll(".paper")
      return Array.from(own).flatMap((paper) => bands.map((band) => over(fill(paper), band)))
    }
    const parts = Array.from(document.querySelectorAll(".columns .card, .board .note"))
    const labels = Array.from(document.querySelectorAll(".names text"))
    const bands = Array.from(document.querySelectorAll(".names .band"), fill)
    return [
      ...parts.flatMap((part) => Array.from(part.querySelectorAll("text"), (text) => ({ text, behind: shades(part) }))),
      ...labels.map((text) => ({ text, behind: bands }))
    ]
      .filter(({ text }) => text.textContent?.trim() !== "")
      .flatMap(({ text, behind }) => {
        const worst = Math.min(...behind.map((shade) => contrast(over(fill(text), shade), shade)))
        return worst < 4.5
          ? [
              `${text.textContent?.trim()} in ${text.parentElement?.closest("[data-id]")?.getAttribute("data-id")}: ${worst.toFixed(2)}`
            ]
          : []
      })
  })
