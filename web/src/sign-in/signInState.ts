import { batch, signal } from "@preact/signals"
import { call, type Problem } from "../api/httpClient.ts"
import { session, type Session } from "../api/session.ts"
import { mayOpen, openable, type PageLink, takePageLinks } from "./pageLinks.ts"
import { returnAddress } from "./returnAddress.ts"

/** Why the session could not be read; undefined after a successful read. */
export const loadProblem = signal<Problem>()
/** Why signing in or out failed, for the user. */
export const failure = signal<string>()
export const isBusy = signal(false)
/** What was done, for screen readers. */
export const outcome = signal("")
/** The pages that the user may open; undefined until known. */
export const pages = signal<ReadonlyArray<PageLink>>()
/** The page that led here, and whether the user may open it; undefined if there is none. */
export const origin = signal<{ readonly url: URL; readonly mayOpen: boolean }>()

let links: ReadonlyArray<PageLink> = []

/** The page that led here. A redirect keeps the part after `#`, which the server did not see. */
const requestedPage = (): URL | undefined => {
  const url = returnAddress(new URLSearchParams(location.search).get("to"), location.origin)
  if (url && url.hash === "") url.hash = location.hash
  return url
}

const retryMillis = 1_500

/** Reads who is signed in, and what they may open. */
const load = async (): Promise<void> => {
  const answer = await call<Session>("/session")
  loadProblem.value = answer.ok ? undefined : answer.problem
  if (!answer.ok) return void setTimeout(load, retryMillis)
  const { body } = answer
  const isAllowed = body.authentication === "none" || body.caller !== null
  const url = requestedPage()
  const [found, may] = await Promise.all([
    isAllowed ? openable(links) : undefined,
    isAllowed && url && mayOpen(url.href)
  ])
  batch(() => {
    session.value = body
    pages.value = found
    origin.value = url && { url, mayOpen: may ?? false }
  })
}

const post = <A>(path: string, body?: object) =>
  call<A>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) })
  })

/** Both say that the token is not valid: of 400 the reason can only be its length. */
const isInvalidToken = ({ status }: Problem) => status === 400 || status === 401

const failureText = (problem: Problem): string =>
  isInvalidToken(problem)
    ? "This app does not accept this token. It may have expired, or be for another app: get a new one."
    : `${problem.title}. ${problem.detail}`

const notKept =
  "This browser did not keep the sign-in. It keeps one only for an address that begins with https://, or on this machine " +
  "(127.0.0.1, localhost)."

/** Goes to the page that led here, else to the first one that the user may open; stays if there is none. */
const leave = async () => {
  const target = requestedPage()?.href ?? (await openable(links))[0]?.href
  if (target === undefined) await load()
  else location.replace(target)
}

const submit = async (action: () => Promise<string | undefined>) => {
  if (isBusy.value) return
  isBusy.value = true
  failure.value = undefined
  outcome.value = ""
  failure.value = await action()
  isBusy.value = false
}

const signIn = (path: string, body: object) =>
  submit(async () => {
    const answer = await post<Session>(path, body)
    if (!answer.ok) return failureText(answer.problem)
    const now = await call<Session>("/session")
    if (now.ok && now.body.caller === null) return notKept
    await leave()
    return undefined
  })

export const signInWithToken = (token: string): Promise<void> => signIn("/session", { token })

export const signInAs = (role: string, claims: Readonly<Record<string, string>>): Promise<void> =>
  signIn("/session/development", { role, claims })

export const signOut = (): Promise<void> =>
  submit(async () => {
    const answer = await post("/session/end")
    if (!answer.ok) return failureText(answer.problem)
    await load()
    outcome.value = "You are signed out."
    return undefined
  })

export const start = (): void => {
  links = takePageLinks()
  void load()
}
