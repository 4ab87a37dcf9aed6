import { signal } from "@preact/signals"
import type { Blueprint, View } from "../../../src/layers/contract/blueprintSchema.ts"
import type { LiveSession } from "../../../src/layers/contract/liveSchema.ts"
import { call } from "../api/httpClient.ts"
import { connectRows, type NatsLink } from "./natsLink.ts"
import { type LiveState, Refused, RowFollower } from "./rowFollower.ts"

// The view and the keys are in the address: `?view=Booking&keys=*.2026-12-24`.

const address = new URLSearchParams(location.search)
export const keys = address.get("keys")?.trim() || ">"

export interface ShownRow {
  readonly key: string
  readonly sequence: number
  readonly fields: Readonly<Record<string, unknown>>
}

export const views = signal<ReadonlyArray<View>>([])
export const view = signal<View>()
export const rows = signal<ReadonlyArray<ShownRow>>([])
export const state = signal<LiveState>("connecting")
export const detail = signal<string>()
/** What the server denied, the newest last. */
export const denials = signal<ReadonlyArray<string>>([])
/** The keys of the rows that changed last. */
export const changedKeys = signal<ReadonlySet<string>>(new Set())

const maxDenials = 6
const requestTimeoutMillis = 5_000
const highlightMillis = 3_000
/** The view's own record of how far it is. */
const progressKey = "_position"

let link: NatsLink | undefined
export const tryForbidden = () => link?.tryForbidden()

const post = async (name: string, previous: LiveSession | undefined): Promise<LiveSession> => {
  const answer = await call<LiveSession>("/live/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ view: name, ...(previous && { token: previous.token }) }),
    signal: AbortSignal.timeout(requestTimeoutMillis)
  })
  if (answer.ok) return answer.body
  const { detail, status, title } = answer.problem
  throw status >= 400 && status < 500 ? new Refused(`${title}. ${detail}`) : new Error(`${title}.`)
}

const parse = (value: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(value) as Record<string, unknown>
  } catch {
    return { value }
  }
}

let hasRows = false
let highlight: ReturnType<typeof setTimeout> | undefined

const showRows = (
  stored: ReadonlyArray<{ readonly key: string; readonly sequence: number; readonly value: string }>
) => {
  const before = new Map(rows.value.map((row) => [row.key, row]))
  // Rows keep their object while they do not change.
  rows.value = stored
    .filter(({ key }) => key !== progressKey)
    .map(({ key, sequence, value }) => {
      const known = before.get(key)
      return known?.sequence === sequence ? known : { key, sequence, fields: parse(value) }
    })
    .sort((a, b) => a.key.localeCompare(b.key, "en", { numeric: true }))
  const changed = rows.value.filter((row) => before.get(row.key)?.sequence !== row.sequence)
  if (hasRows && changed.length > 0) {
    changedKeys.value = new Set(changed.map(({ key }) => key))
    clearTimeout(highlight)
    highlight = setTimeout(() => (changedKeys.value = new Set()), highlightMillis)
  }
  hasRows = true
}

/** Loads the views of the board, then follows the rows of the one in the address. */
export const start = async () => {
  const blueprint = await call<Blueprint>("/blueprint.json", { signal: AbortSignal.timeout(requestTimeoutMillis) })
  if (!blueprint.ok) {
    state.value = "reconnecting"
    detail.value = blueprint.problem.title
    setTimeout(() => void start(), 2_000)
    return
  }
  views.value = blueprint.body.views
  view.value = views.value.find(({ name }) => name === address.get("view")) ?? views.value[0]
  const { name } = view.value!
  const follower = new RowFollower<LiveSession>({
    open: (previous) => post(name, previous),
    connect: async (session, onChange) => {
      link = await connectRows(session, keys, onChange, (text) => {
        denials.value = [...denials.value, text].slice(-maxDenials)
      })
      return link
    },
    onRows: showRows,
    onState: (now, why) => {
      state.value = now
      detail.value = why
    },
    sleep: (millis) => new Promise((resolve) => setTimeout(resolve, millis))
  })
  follower.start()
}
