import { Dated } from "../../ui/Dated.tsx"
import { wall } from "../wallState.ts"
import { type Group, type Option, summary } from "./options.ts"
import type { SearchState } from "./useSearch.ts"

export const listId = "search-results"
export const optionId = ({ id }: Option): string => `option-${id}`

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

/** The results as a list box. It is always there, since the input names it; its content only while it is `shown`. */
export const Results = ({
  shown,
  groups,
  found,
  active,
  onChoose
}: {
  readonly shown: boolean
  readonly groups: ReadonlyArray<Group>
  readonly found: SearchState
  readonly active: Option | undefined
  readonly onChoose: (option: Option) => void
}) => (
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
                <Item key={option.id} option={option} active={option === active} onChoose={() => onChoose(option)} />
              ))}
            </ul>
          </li>
        ))}
    </ul>
  </div>
)
