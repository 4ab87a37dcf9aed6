// Advance widths of Inter, from the space to the tilde, in hundredths of the font's size.
const regular =
  "29,29,47,64,65,99,65,30,37,37,51,67,29,46,29,37,64,41,61,62,65,60,63,57,62,63,29,31,67,67,67,52,97,69,66,74,73,61,60,75,75,27,58,68,57,91,76,77,64,77,65,65,65,75,69,99,69,68,63,37,37,37,48,46,33,57,62,58,62,59,38,62,60,25,25,55,25,88,60,60,62,62,38,53,33,60,57,82,55,57,56,43,34,43,67"
const semibold =
  "26,33,53,65,66,101,67,33,38,38,54,68,32,47,32,38,66,43,63,64,67,62,64,58,65,64,32,33,68,68,68,55,100,73,66,74,73,61,59,75,75,28,58,71,57,93,76,77,65,78,66,66,67,74,73,103,72,72,66,38,38,38,49,47,36,58,63,59,63,60,39,63,62,27,27,57,27,91,62,61,63,63,40,55,36,62,59,84,57,59,57,46,36,46,68"

const widths = {
  regular: regular.split(",").map(Number),
  semibold: semibold.split(",").map(Number),
  /** All characters of the monospaced fonts are at most this wide. */
  mono: Array.from({ length: 95 }, () => 61)
}
export type Weight = keyof typeof widths

/** The maximum width of a text in pixels; a character outside ASCII counts as a full square. */
export const textWidth = (text: string, size: number, weight: Weight = "regular"): number =>
  (Array.from(text).reduce((sum, character) => sum + (widths[weight][character.charCodeAt(0) - 32] ?? 100), 0) * size) /
  100

/** The text, shortened with an ellipsis to fit the width. */
export const shorten = (text: string, maxWidth: number, size: number, weight: Weight = "regular"): string => {
  if (textWidth(text, size, weight) <= maxWidth) return text
  const characters = Array.from(text)
  while (characters.length > 0 && textWidth(`${characters.join("").trimEnd()}…`, size, weight) > maxWidth)
    characters.pop()
  return `${characters.join("").trimEnd()}…`
}

/** Breaks a text into lines that fit, between words and, in a long name, before capitals; the last line is shortened. */
export const wrap = (
  text: string,
  maxWidth: number,
  size: number,
  weight: Weight = "regular",
  maxLines = Number.POSITIVE_INFINITY
) => {
  const fits = (line: string) => textWidth(line, size, weight) <= maxWidth
  const words = text.split(" ").flatMap((word, n) => {
    const parts = fits(word) ? [word] : word.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=-)/u)
    return parts.map((part, m) => ({ part, glue: n > 0 && m === 0 ? " " : "" }))
  })
  const lines: Array<string> = []
  for (const { part, glue } of words) {
    const last = lines.at(-1)
    if (last !== undefined && fits(last + glue + part)) lines[lines.length - 1] = last + glue + part
    else lines.push(part)
  }
  const kept = lines.length > maxLines ? [...lines.slice(0, maxLines - 1), lines.slice(maxLines - 1).join(" ")] : lines
  return kept.map((line) => shorten(line, maxWidth, size, weight))
}
