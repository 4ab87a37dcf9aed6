import { assert, it } from "@effect/vitest"
import { RecentTexts } from "#layers/monitoring/feed/EncodedItems.ts"
import { bareLogMessage } from "#test/support/bareLogMessage.ts"

it("texts of the newest messages are encoded once and cached, up to a limit of characters", () => {
  let encoded = 0
  const texts = new RecentTexts(() => {
    encoded++
    return "x".repeat(1_000_000)
  })
  const messages = Array.from({ length: 10 }, (_, n) => bareLogMessage(n + 1))
  for (const message of messages) texts.textOf(message)
  assert.strictEqual(encoded, 10)
  for (const message of messages.slice(-4)) texts.textOf(message)
  assert.strictEqual(encoded, 10)
  // Older texts were dropped.
  texts.textOf(messages[0]!)
  assert.strictEqual(encoded, 11)
})
