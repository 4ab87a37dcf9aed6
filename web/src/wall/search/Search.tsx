import { useRef, useState } from "preact/hooks"
import { itemOf } from "../board/keys.ts"
import { focused, searchText } from "../view.ts"
import { subject } from "../wallState.ts"
import { groupsOf, type Option } from "./options.ts"
import { listId, optionId, Results } from "./Results.tsx"
import { useActiveOption } from "./useActiveOption.ts"
import { useSearch } from "./useSearch.ts"
import { useSlash } from "./useSlash.ts"
import "./search.css"

/** The search as a combobox: its results, the active one, and what keys and clicks do. */
const useCombobox = () => {
  const [isOpen, setOpen] = useState(false)
  const found = useSearch(searchText.value)
  const hasQuery = found.text !== ""
  const groups = hasQuery ? groupsOf(found.answer?.ok ? found.answer.body : undefined) : []
  const options = groups.flatMap(({ options }) => options)
  const { active, step } = useActiveOption(options, found.text)
  const shown = isOpen && hasQuery

  const choose = ({ item, opens }: Option) => {
    if (!opens) return found.older?.()
    setOpen(false)
    if (item !== undefined) {
      focused.value = item
      itemOf(item)?.scrollIntoView({ block: "nearest", inline: "center" })
    }
    subject.value = opens
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!["Escape", "ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return
    event.preventDefault()
    if (event.key === "Escape") {
      if (shown) setOpen(false)
      else searchText.value = ""
    } else if (event.key === "Enter") {
      const chosen = active ?? options[0]
      if (chosen) choose(chosen)
    } else {
      setOpen(true)
      step(event.key === "ArrowDown" ? 1 : -1)
    }
  }
  return { found, groups, active, shown, setOpen, choose, onKeyDown }
}

/** Searches notes and rules, rows, events and correlations; dims the notes that do not match. */
export const Search = () => {
  const input = useRef<HTMLInputElement>(null)
  const { active, choose, found, groups, onKeyDown, setOpen, shown } = useCombobox()
  useSlash(input)
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => event.preventDefault()}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOpen(false)
      }}
    >
      <input
        ref={input}
        type="search"
        list={undefined}
        role="combobox"
        aria-label="Search"
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && active ? optionId(active) : undefined}
        placeholder="search  /"
        autocomplete="off"
        value={searchText.value}
        onInput={({ currentTarget }) => {
          searchText.value = currentTarget.value
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onKeyDown={onKeyDown}
      />
      <Results shown={shown} groups={groups} found={found} active={active} onChoose={choose} />
    </form>
  )
}
