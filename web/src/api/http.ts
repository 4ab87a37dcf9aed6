/** What the server says when it does not do what it was asked (RFC 9457). */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  /** In how many seconds the server asks to be asked again, where it says so. */
  readonly retryAfter?: number
  readonly errors?: ReadonlyArray<{ readonly path: string; readonly message: string }>
}

export type Answer<A> =
  | {
      readonly ok: true
      readonly body: A
      /** For how many seconds nobody could look whether it is still so. */
      readonly age?: number
    }
  | { readonly ok: false; readonly problem: Problem }

const unreachable: Problem = {
  status: 0,
  code: "Unreachable",
  title: "The server does not answer",
  detail: "Nothing was heard from the server. It may have stopped; this page tries again."
}

const timedOut: Problem = {
  status: 0,
  code: "TimedOut",
  title: "The server does not answer in time",
  detail: "The server took the request and has not answered it. This page tries again."
}

const offline: Problem = {
  status: 0,
  code: "Offline",
  title: "You are offline",
  detail: "This device has no network."
}

/** Why no answer came. */
export const noAnswer = (): Problem => (navigator.onLine ? unreachable : offline)

/** What whoever looks at the page can do about it. */
export const advice = ({ code, status }: Problem): string => {
  if (code === "Offline") return "Connect it again: the page goes on by itself."
  if (status === 0) return "Look whether the server runs, and whether this is its address: the page goes on by itself."
  if (status === 404) {
    return "Look whether this is the address of the board, and whether a proxy before it passes on all its paths."
  }
  if (status === 429 || status === 503) return "The page tries again by itself."
  if (status >= 500) return "The log of the server says more. The page tries again by itself."
  return "Load the page again."
}

/** What an answer says that is no problem document of the board, such as a proxy's. */
const fallbackText = (path: string, status: number): Pick<Problem, "title" | "detail"> => {
  if (status === 404) return { title: "Not found", detail: `The server has nothing at ${path} (404).` }
  if (status >= 500) return { title: "Server error", detail: `The server failed to answer ${path} (${status}).` }
  return { title: "Refused", detail: `The server answered ${path} with ${status}.` }
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

/** 0 where it says nothing, or a date. */
const retryAfterSeconds = ({ headers }: Response) => Number(headers.get("retry-after")) || 0

/** How often a read is asked for again that the server is too busy for. */
export const maxBusyRetries = 3

/** Waits as long as the server asks, and somewhat longer, so that not all come back at once. */
export const waitBeforeRetry = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, (seconds || 2) * (1 + Math.random()) * 1_000))

/** Never throws: what went wrong is an answer too. */
export const call = async <A>(path: string, init: RequestInit = {}, retries = maxBusyRetries): Promise<Answer<A>> => {
  try {
    const response = await fetch(path, init)
    if (!response.ok) {
      const problem = await asProblem(response)
      if (problem.code !== "TooBusy" || retries === 0) return { ok: false, problem }
      await waitBeforeRetry(problem.retryAfter ?? 0)
      return await call(path, init, retries - 1)
    }
    return { ok: true, body: (await response.json()) as A, age: Number(response.headers.get("age") ?? 0) }
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError"
    return { ok: false, problem: isLate ? timedOut : noAnswer() }
  }
}
