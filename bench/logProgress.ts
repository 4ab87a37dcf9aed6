import { Console } from "effect"

const startedAt = performance.now()

/** Logs a line of progress with the minutes and seconds since the run began. */
export const logProgress = (line: string) => {
  const seconds = Math.floor((performance.now() - startedAt) / 1000)
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
  return Console.error(`${clock.padStart(6)}  ${line}`)
}
