import type { IncomingMessage } from "node:http"

/** The values of a header (its name in lower case), one for each line: Node joins some and drops others. */
export const headerLines = ({ rawHeaders }: IncomingMessage, name: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const line = rawHeaders[n]!
    if (line.length === name.length && line.toLowerCase() === name) lines.push(rawHeaders[n + 1]!)
  }
  return lines
}
