import { failure } from "./signInState.ts"

/** Why it did not work. The element is always there: screen readers read what appears in it. */
export const Failure = () => (
  <div class="notice-place" role="alert">
    {failure.value !== undefined && <p class="notice no">{failure.value}</p>}
  </div>
)
