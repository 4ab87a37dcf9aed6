import { leaveForSignIn } from "./leaveForSignIn.ts"

/** An error response of the server (RFC 9457). */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  /** Seconds, from the header `retry-after`; missing without it. */
  readonly retryAfter?: number
  readonly errors?: ReadonlyArray<{ readonly path: string; readonly message: string }>
  /** Fields of the hotel's rejections. */
  readonly room?: { readonly id: number }
  readonly date?: string
  readonly lastNight?: string
}

export type Answer<A> =
  | {
      readonly ok: true
      readonly body: A
      /** Seconds since the answer was last known to be current, from the header `age`. */
      readonly age?: number
    }
  | { readonly ok: false; readonly problem: Problem }

const unreachable: Problem = {
  status: 0,
  code: "Unreachable",
  title: "The server does not answer",
  detail: "The server sent no response. It may have stopped; this page tries again."
}

const timedOut: Problem = {
  status: 0,
  code: "TimedOut",
  title: "The server does not answer in time",
  detail: "The server has the request and has not answered it. This page tries again."
}

const offline: Problem = {
  status: 0,
  code: "Offline",
  title: "You are offline",
  detail: "This device has no network."
}

/** The problem of a request without a response. */
export const noAnswer = (): Problem => (navigator.onLine ? unreachable : offline)

/** Advice for the user about a problem. */
export const advice = ({ code, status }: Problem): string => {
  if (code === "Offline") return "Connect it again: the page continues by itself."
  if (status === 0) return "Check that the server runs and that this is its address: the page continues by itself."
  if (status === 404) {
    return "Check that this is the address of the board, and that a proxy in front of it forwards all its paths."
  }
  if (status === 429 || status === 503) return "The page tries again by itself."
  if (status >= 500) return "The server's log has the details. The page tries again by itself."
  return "Load the page again."
}

/** The text of a problem for a response that is not a problem document of the board, such as a proxy's. */
const fallbackText = (path: string, status: number): Pick<Problem, "title" | "detail"> => {
  if (status === 404) return { title: "Not found", detail: `The server has nothing at ${path} (404).` }
  if (status >= 500) return { title: "Server error", detail: `The server failed to answer ${path} (${status}).` }
  return { title: "Request refused", detail: `The server answered ${path} with ${status}.` }
}

export const asProblem = async (response: Response): Promise<Problem> => {
  const { status, url } = response
  const body = (await response.json().catch(() => ({}))) as Partial<Problem>
  const retryAfter = retryAfterSeconds(response)
  return {
    code: String(status),
    ...fallbackText(new URL(url).pathname, status),
    ...body,
    status,
    ...(retryAfter > 0 && { retryAfter })
  }
}

/** 0 if the header is missing or is a date. */
const retryAfterSeconds = ({ headers }: Response) => Number(headers.get("retry-after")) || 0

/** The maximum number of retries of a read that the server rejects with `TooBusy`. */
export const maxBusyRetries = 3

/** Waits for the seconds that the server asks for (0: 2 s) plus a random share, so that clients do not retry in step. */
export const waitBeforeRetry = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, (seconds || 2) * (1 + Math.random()) * 1_000))

/** Leads to the sign-in page if the caller's session has ended. A proxy in front of the server has other codes. */
export const signInIfNeeded = ({ code }: Problem): void => {
  if (code === "NotAuthenticated") leaveForSignIn()
}

/** A request that never throws: errors are answers too. Without a session it leads to the sign-in page. */
export const call = async <A>(path: string, init: RequestInit = {}, retries = maxBusyRetries): Promise<Answer<A>> => {
  try {
    const response = await fetch(path, init)
    if (!response.ok) {
      const problem = await asProblem(response)
      signInIfNeeded(problem)
      if (problem.code !== "TooBusy" || retries === 0) return { ok: false, problem }
      await waitBeforeRetry(problem.retryAfter ?? 0)
      return await call(path, init, retries - 1)
    }
    const body = (response.status === 204 ? undefined : await response.json()) as A
    return { ok: true, body, age: Number(response.headers.get("age") ?? 0) }
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError"
    return { ok: false, problem: isLate ? timedOut : noAnswer() }
  }
}
