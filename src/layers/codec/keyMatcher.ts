/** Matches keys or subjects against a pattern: `*` matches one token, `>` the rest. */
export const keyMatcher = (pattern: string) => {
  const patternTokens = pattern.split(".")
  return (key: string): boolean => {
    const tokens = key.split(".")
    const rest = patternTokens.indexOf(">")
    if (rest < 0 ? tokens.length !== patternTokens.length : tokens.length <= rest) return false
    return patternTokens.every(
      (token, n) => token === ">" || token === "*" || (rest >= 0 && n > rest) || token === tokens[n]
    )
  }
}
