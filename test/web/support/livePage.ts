import type { Page } from "playwright-core"

/** Waits until the page of live rows says that it is in this state. */
export const showsState = (page: Page, state: string) =>
  page.waitForFunction((state) => document.querySelector(".connection")?.textContent?.startsWith(state), state, {
    timeout: 20_000
  })

/** The text of a row. */
export const rowText = async (page: Page, key: string): Promise<string> =>
  (await page.locator(`tr[data-key="${key}"]`).textContent()) ?? ""

/** Records each state that the page shows from now on, by its first word. */
export const recordStates = async (page: Page): Promise<() => Promise<ReadonlyArray<string>>> => {
  await page.evaluate(() => {
    const seen: Array<string> = []
    Object.assign(window, { seenStates: seen })
    const state = document.querySelector(".connection")!
    new MutationObserver(() => {
      const [, word = ""] = /^(\w+)/u.exec(state.textContent ?? "") ?? []
      if (seen.at(-1) !== word) seen.push(word)
    }).observe(state, { childList: true, characterData: true, subtree: true })
  })
  return () => page.evaluate("seenStates")
}
