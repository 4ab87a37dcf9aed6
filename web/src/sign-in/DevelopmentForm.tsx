import { useState } from "preact/hooks"
import type { Session } from "../api/session.ts"
import { capitalized } from "./capitalized.ts"
import { Failure } from "./Failure.tsx"
import { origin, signInAs } from "./signInState.ts"
import { SubmitButton } from "./SubmitButton.tsx"

const maxClaimLength = 128

/** The role that the page is named after, from which the user was led here: `/guest` is for Guest. Else the first. */
const likelyRole = (roles: Session["roles"]): string => {
  const path = origin.value?.url.pathname.toLowerCase()
  return (roles.find(({ name }) => path === `/${name.toLowerCase()}`) ?? roles[0]!).name
}

/** Chooses any role, and what its tokens prove besides it. */
export const DevelopmentForm = ({ roles }: Pick<Session, "roles">) => {
  const [role, setRole] = useState(() => likelyRole(roles))
  const [claims, setClaims] = useState<Readonly<Record<string, string>>>({})
  const { claims: needed } = roles.find(({ name }) => name === role)!
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void signInAs(role, Object.fromEntries(needed.map((name) => [name, (claims[name] ?? "").trim()])))
      }}
    >
      <p class="notice info">
        <b>For development only.</b> On this machine everyone may sign in as anyone.
      </p>
      <fieldset class="roles">
        <legend>Role</legend>
        {roles.map(({ name }) => (
          <label key={name}>
            <input type="radio" name="role" value={name} checked={name === role} onChange={() => setRole(name)} />
            {name}
          </label>
        ))}
      </fieldset>
      {needed.map((name) => (
        <label class="claim" key={name}>
          {capitalized(name)}
          <input
            type="text"
            name={name}
            required
            pattern=".*\S.*"
            maxLength={maxClaimLength}
            autocomplete="off"
            value={claims[name] ?? ""}
            onInput={({ currentTarget }) => setClaims({ ...claims, [name]: currentTarget.value })}
          />
        </label>
      ))}
      <Failure />
      <SubmitButton />
    </form>
  )
}
