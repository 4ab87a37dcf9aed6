/** Characters that one token may have: 113 characters of any script fit in it, and 341 that need escaping. */
export const maxTokenLength = 1_024

/** Characters that are not escaped. `_` joins the words of a key, and `.` separates the tokens of a subject. */
const isPlain = /^[A-Za-z0-9-]+$/u
const token = /^(?:[A-Za-z0-9-]|=[0-9A-F]{2})+$/u

/** Characters that `encodeURIComponent` does not escape, and a token may not have. */
const unescaped = /[_.!~*'()]/gu
const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

const empty = "="

/** Why text cannot be encoded as a token; `undefined` if it can. */
export const problemOf = (text: string): string | undefined => {
  if (!text.isWellFormed()) return "Expected well-formed Unicode, got half of a surrogate pair"
  // Each character has at least one byte, so text that is too long need not be encoded to find out.
  const length = text.length > maxTokenLength ? text.length : encode(text).length
  return length > maxTokenLength
    ? `Expected text that takes at most ${maxTokenLength} characters when it is escaped, got ${length}`
    : undefined
}

/**
 * Text as one token of a subject or a bucket's key, of `A-Z a-z 0-9 - =` only: `-`, letters and digits of ASCII stay, each
 * other byte of the UTF-8 becomes `=` and two hexadecimal digits in upper case, and the empty text is `=`. Different texts
 * have different tokens. The text must be well-formed Unicode; see `problemOf`.
 */
export const encode = (text: string): string =>
  isPlain.test(text)
    ? text
    : text === ""
      ? empty
      : encodeURIComponent(text).replace(unescaped, percent).replaceAll("%", "=")

/** The text of a token; `undefined` for a token that `encode` never returns. */
export const decode = (encoded: string): string | undefined => {
  if (encoded === empty) return ""
  if (!token.test(encoded)) return undefined
  if (!encoded.includes("=")) return encoded
  try {
    const text = decodeURIComponent(encoded.replaceAll("=", "%"))
    return encode(text) === encoded ? text : undefined
  } catch {
    return undefined
  }
}
