import type { Term } from "./fieldIndex.ts"

const maxTerms = 8

/** Plain text, `name=value`, `name:value`, and text in quotes. */
const tokenPattern = /(?:(?<name>[^\s"=:]+)[=:])?"(?<quoted>[^"]*)"|\S+/gu

const parseTerm = (text: string, names: ReadonlyMap<string, string>): Term => {
  const at = text.search(/[=:]/u)
  const name = at < 1 ? undefined : names.get(text.slice(0, at).toLowerCase())
  return name === undefined ? { text } : { name, text: text.slice(at + 1) }
}

/** Parses `room 12 client=7 "in quotes"` as values of fields: the name of a field applies to the text after it. */
export const parseTerms = (query: string, fieldNames: Iterable<string>): ReadonlyArray<Term> => {
  const names = new Map(Array.from(fieldNames, (name) => [name.toLowerCase(), name]))
  const terms: Array<Term> = []
  let pendingField: string | undefined
  for (const { 0: text, groups } of query.matchAll(tokenPattern)) {
    const { name, quoted } = groups as { readonly name?: string; readonly quoted?: string }
    const term: Term =
      quoted === undefined ? parseTerm(text, names) : { name: name && names.get(name.toLowerCase()), text: quoted }
    const next = quoted === undefined && pendingField === undefined ? names.get(text.toLowerCase()) : undefined
    if (next !== undefined) pendingField = next
    else {
      terms.push(pendingField === undefined ? term : { name: pendingField, text: term.text })
      pendingField = undefined
    }
  }
  if (pendingField !== undefined) terms.push({ text: pendingField })
  return terms.slice(0, maxTerms)
}
