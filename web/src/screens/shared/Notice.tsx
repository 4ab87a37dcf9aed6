import type { Problem } from "../../api/http.ts"
import { Connection } from "../../ui/Connection.tsx"
import { ago, status, trouble } from "./refreshed.ts"

/** What became of what somebody asked for. */
export type Said = { readonly good: true; readonly text: string } | { readonly good: false; readonly problem: Problem }

export const Notice = ({ said }: { readonly said: Said | undefined }) => (
  <div class="notice-place" role="status">
    {said && (
      <p class={said.good ? "notice good" : "notice no"}>
        {said.good ? said.text : <b>{said.problem.title}. </b>}
        {!said.good &&
          (said.problem.errors?.map(({ path, message }) => `${path}: ${message}`).join(". ") ?? said.problem.detail)}
      </p>
    )}
  </div>
)

/** Whether what is shown is so now, or as of when it was. */
export const Liveness = () => (
  <>
    <p>
      <Connection status={trouble.value ? "lost" : status.value} amiss={unreachable()} />
    </p>
    {/* Not a status: nobody wants to be told every second. */}
    {ago.value !== undefined && <p class="as-of">as of {ago.value} s ago</p>}
  </>
)

const unreachable = () => (trouble.value?.status === 503 ? trouble.value.detail : undefined)
