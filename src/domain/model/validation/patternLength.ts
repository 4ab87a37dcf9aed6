/** Reads a regular expression from left to right. `at` is the index of the next character. */
interface Reader {
  readonly source: string
  at: number
}

/** Reads a quantifier: the maximum number of repetitions; 1 where there is none. */
const times = (reader: Reader): number => {
  const [quantifier, , maxTimes] = /^(?:[*+?]|\{\d+(,(\d*))?\})\??/u.exec(reader.source.slice(reader.at)) ?? []
  if (quantifier === undefined) return 1
  reader.at += quantifier.length
  if (quantifier[0] !== "{") return quantifier[0] === "?" ? 1 : Number.POSITIVE_INFINITY
  if (maxTimes === "") return Number.POSITIVE_INFINITY
  return Number(maxTimes ?? Number.parseInt(quantifier.slice(1), 10))
}

/** One character of any kind, or a class of them: `a`, `.`, `\d`, `\u{61}`, `\p{L}`, `[^@ ]`. */
const character = /^(?:\[(?:\\.|[^\]\\])*\]|\\[pPu]\{[^}]*\}|\\u[\dA-Fa-f]{4}|\\x[\dA-Fa-f]{2}|\\c[A-Za-z]|\\?.)/su
const group = /^\((?:\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:))?/u

const atom = (reader: Reader): number => {
  const rest = reader.source.slice(reader.at)
  const [open] = group.exec(rest) ?? []
  if (open !== undefined) {
    reader.at += open.length
    const length = alternatives(reader)
    reader.at++
    return /[=!]$/u.test(open) ? 0 : length
  }
  const [one = "\\"] = character.exec(rest) ?? []
  reader.at += one.length
  if (/^\\[bB]$|^[$^]$/u.test(one)) return 0
  return /^\\[1-9k]/u.test(one) ? Number.POSITIVE_INFINITY : 1
}

const alternatives = (reader: Reader): number => {
  let maxLength = 0
  for (let sum = 0; ; reader.at++, sum = 0) {
    while (reader.at < reader.source.length && !/[|)]/u.test(reader.source[reader.at]!)) {
      const length = atom(reader)
      const maxTimes = times(reader)
      sum += length === 0 ? 0 : length * maxTimes
    }
    maxLength = Math.max(maxLength, sum)
    if (reader.source[reader.at] !== "|") return maxLength
  }
}

/**
 * The maximum length of a text that a regular expression matches, in characters: infinite if the expression is not anchored
 * by `^` and `$`, has an unbounded quantifier, or a back reference.
 */
export const patternLength = ({ source, flags }: { readonly source: string; readonly flags: string }): number => {
  const isWhole = source.startsWith("^") && /(?<!\\)(?:\\\\)*\$$/u.test(source) && !/[mv]/u.test(flags)
  const reader = { source: `(?:${source.slice(1, -1)})`, at: 0 }
  const outside = splitsAtTop(source)
  return isWhole && !outside ? atom(reader) : Number.POSITIVE_INFINITY
}

/** Whether it has alternatives outside of any group: then `^` and `$` apply to the first and the last of them only. */
const splitsAtTop = (source: string): boolean => {
  const reader = { source, at: 0 }
  while (reader.at < source.length && source[reader.at] !== "|") atom(reader)
  return reader.at < source.length
}
