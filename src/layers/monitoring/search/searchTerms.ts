import type { Term } from "./searchFields.ts"

/** What is looked for at once. */
const mostTerms = 8

/** Words, `name=value`, `name:value`, and text in quotes. */
const token = /(?:(?<name>[^\s"=:]+)[=:])?"(?<quoted>[^"]*)"|\S+/gu

const named = (text: string, names: ReadonlyMap<string, string>): Term => {
  const at = text.search(/[=:]/u)
  const name = at < 1 ? undefined : names.get(text.slice(0, at).toLowerCase())
  return name === undefined ? { text } : { name, text: text.slice(at + 1) }
}

/** Reads `room 12 client=7 "in quotes"` as values of fields: a word that is the name of a field is about the next one. */
export const termsIn = (query: string, fieldNames: Iterable<string>): ReadonlyArray<Term> => {
  const names = new Map(Array.from(fieldNames, (name) => [name.toLowerCase(), name]))
  const terms: Array<Term> = []
  let about: string | undefined
  for (const { 0: text, groups } of query.matchAll(token)) {
    const { name, quoted } = groups as { readonly name?: string; readonly quoted?: string }
    const term: Term =
      quoted === undefined ? named(text, names) : { name: name && names.get(name.toLowerCase()), text: quoted }
    const next = quoted === undefined && about === undefined ? names.get(text.toLowerCase()) : undefined
    if (next !== undefined) about = next
    else {
      terms.push(about === undefined ? term : { name: about, text: term.text })
      about = undefined
    }
  }
  if (about !== undefined) terms.push({ text: about })
  return terms.slice(0, mostTerms)
}
