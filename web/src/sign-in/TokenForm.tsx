import { useState } from "preact/hooks"
import { Failure } from "./Failure.tsx"
import { signInWithToken } from "./signInState.ts"
import { SubmitButton } from "./SubmitButton.tsx"

/** The token itself, if it was pasted as it is in a header, or with line breaks. */
const cleaned = (text: string) => text.replace(/^\s*(?:authorization:\s*)?bearer\s/iu, "").replaceAll(/\s/gu, "")

/** Takes a token of the issuer. */
export const TokenForm = () => {
  const [text, setText] = useState("")
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void signInWithToken(cleaned(text))
      }}
    >
      <label class="token">
        Token
        <textarea
          rows={6}
          required
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-describedby="token-hint"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <p id="token-hint" class="muted">
        Your identity provider issues it. This browser stays signed in until the token expires.
      </p>
      <Failure />
      <SubmitButton />
    </form>
  )
}
