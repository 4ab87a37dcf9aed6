import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { committedDocuments } from "#layers/http/contract/committedDocuments.ts"

const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

describe("The committed descriptions of the API", () => {
  it.each(Object.entries(committedDocuments(hotelBooking, "docs")))("%s is up to date", (file, text) => {
    const isCurrent = readOrEmpty(file) === text
    expect(isCurrent, `${file} is not what the board says now: run \`npm run api-docs\`, and commit it.`).toBe(true)
  })
})
