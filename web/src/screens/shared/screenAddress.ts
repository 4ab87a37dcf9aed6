import { computed, type ReadonlySignal, signal } from "@preact/signals"

const search = signal(location.search)
addEventListener("popstate", () => (search.value = location.search))

const params = computed(() => new URLSearchParams(search.value))

/** A query parameter of the page's address; undefined if it is missing or empty. */
export const param = (name: string): ReadonlySignal<string | undefined> =>
  computed(() => params.value.get(name) || undefined)

/** A query parameter that is a whole number from 1; else undefined. */
export const numberParam = (name: string): ReadonlySignal<number | undefined> => {
  const text = param(name)
  return computed(() => (/^[1-9]\d{0,8}$/u.test(text.value ?? "") ? Number(text.value) : undefined))
}

/** Changes query parameters as a step in the browser's history, so that Back leads to the previous view. */
export const navigate = (changes: Readonly<Record<string, string | number | undefined>>): void => {
  const next = new URLSearchParams(search.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name)
    else next.set(name, String(value))
  }
  const text = next.size > 0 ? `?${next}` : ""
  if (text === search.value) return
  history.pushState(null, "", location.pathname + text)
  search.value = text
}
