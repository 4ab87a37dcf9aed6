import { signInPath } from "../api/leaveForSignIn.ts"
import { callerName, session } from "../api/session.ts"

/** Who uses the page, with a link to change that; nothing where the app needs no sign-in. */
export const SignedIn = () => {
  const now = session.value
  if (!now || now.authentication === "none") return null
  if (!now.caller) {
    return (
      <p class="signed-in">
        <a href={signInPath}>sign in</a>
      </p>
    )
  }
  return (
    <p class="signed-in">
      <span class="name">signed in as {callerName(now, now.caller)}</span>
      <a href={signInPath}>
        switch<span class="visually-hidden"> to another user, or sign out</span>
      </a>
    </p>
  )
}
