import { isBusy } from "./signInState.ts"

/** Sends a form of this page. */
export const SubmitButton = () => (
  <p class="buttons">
    <button type="submit" class="primary" aria-disabled={isBusy.value}>
      {isBusy.value ? "Signing in…" : "Sign in"}
    </button>
  </p>
)
