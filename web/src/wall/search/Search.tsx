import { useEffect, useRef, useState } from "preact/hooks"
import { Dated } from "../../ui/Dated.tsx"
import { itemOf } from "../board/keys.ts"
import { focused, searchText } from "../view.ts"
import { subject, wall } from "../wallState.ts"
import { type Group, groupsOf, type Option, summary } from "./options.ts"
import { type SearchState, useSearch } from "./useSearch.ts"
import "./search.css"

const listId = "search-results"
const optionId = ({ id }: Option): string => `option-${id}`

const Item = ({
  active,
  option,
  onChoose
}: {
  readonly active: boolean
  readonly option: Option
  readonly onChoose: () => void
}) => (
  // The focus stays in the input, which names the active option; a click does not move it.
  <li
    id={optionId(option)}
    role="option"
    aria-selected={active}
    class={active ? "active" : ""}
    onMouseDown={(event) => event.preventDefault()}
    onClick={onChoose}
  >
    <b>
      <Dated text={option.title} />
    </b>
    {option.about && (
      <span class="muted">
        <Dated text={option.about} />
      </span>
    )}
  </li>
)

/** Names of fields of this board, as examples. */
const fieldNames = () => [...new Set(wall.value!.board.facts.flatMap(({ fields }) => fields))].slice(0, 3)

/** The text above the list: the state of the search, what it skipped, and its error. */
const SearchStatus = ({
  groups,
  found: { answer, isLoadingOlder }
}: {
  readonly groups: ReadonlyArray<Group>
  readonly found: SearchState
}) => {
  const skipped = answer?.ok ? answer.body.skipped : []
  return (
    <>
      <p class="standing" role="status">
        {!answer || isLoadingOlder ? "Searching…" : answer.ok ? summary(groups) : ""}
        {skipped.length > 0 && ` ${skipped.join(" and ")} could not be searched now.`}
      </p>
      {answer && !answer.ok && (
        <p class="bad" role="alert">
          {answer.problem.detail}
        </p>
      )}
      {answer?.ok && groups.length === 0 && (
        <p class="muted">
          Notes and rules match parts of words. Rows and events match whole values, alone or after the name of their
          field ({fieldNames().join(", ")}). Events also match by position, id and correlation id.
        </p>
      )}
    </>
  )
}

/** Searches notes and rules, rows, events and correlations; dims the notes that do not match. */
export const Search = () => {
  const input = useRef<HTMLInputElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const found = useSearch(searchText.value)
  const hasQuery = found.text !== ""
  const groups = hasQuery ? groupsOf(found.answer?.ok ? found.answer.body : undefined) : []
  const options = groups.flatMap(({ options }) => options)
  const active = options[Math.min(at, options.length - 1)]
  const shown = isOpen && hasQuery

  useEffect(() => setAt(-1), [found.text])
  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      const { tagName } = event.target as Element
      if (event.key !== "/" || ["INPUT", "TEXTAREA", "SELECT"].includes(tagName)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener("keydown", slash)
    return () => removeEventListener("keydown", slash)
  }, [])
  useEffect(() => {
    if (active) document.getElementById(optionId(active))?.scrollIntoView({ block: "nearest" })
  }, [active?.id])

  const choose = ({ item, opens }: Option) => {
    if (!opens) return found.older?.()
    setOpen(false)
    if (item !== undefined) {
      focused.value = item
      itemOf(item)?.scrollIntoView({ block: "nearest", inline: "center" })
    }
    subject.value = opens
  }

  const step = (by: number) => {
    setOpen(true)
    if (options.length > 0) setAt((Math.max(at, by > 0 ? -1 : 0) + by + options.length) % options.length)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault()
      if (shown) setOpen(false)
      else searchText.value = ""
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      step(event.key === "ArrowDown" ? 1 : -1)
    } else if (event.key === "Enter") {
      event.preventDefault()
      const chosen = active ?? options[0]
      if (chosen) choose(chosen)
    }
  }

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
        onKeyDown={keys}
      />
      <div class="found" hidden={!shown}>
        {shown && <SearchStatus groups={groups} found={found} />}
        <ul id={listId} role="listbox" aria-label="Search results">
          {shown &&
            groups.map(({ options, title }, n) => (
              <li role="presentation" key={title}>
                <ul role="group" aria-labelledby={`${listId}-${n}`}>
                  <li id={`${listId}-${n}`} role="presentation" class="group">
                    {title}
                  </li>
                  {options.map((option) => (
                    <Item key={option.id} option={option} active={option === active} onChoose={() => choose(option)} />
                  ))}
                </ul>
              </li>
            ))}
        </ul>
      </div>
    </form>
  )
}
