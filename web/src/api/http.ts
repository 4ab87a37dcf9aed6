/** What the server says when it does not do what it was asked (RFC 9457). */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
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

const asProblem = async (response: Response): Promise<Problem> => {
  const { status, statusText } = response
  const body = (await response.json().catch(() => ({}))) as Partial<Problem>
  return {
    status,
    code: String(status),
    title: statusText || "Refused",
    detail: `The server answered ${status}.`,
    ...body
  }
}

/** How often a read is asked for again that the server is too busy for. */
export const maxBusyRetries = 3

/** Waits as long as the server asks, and somewhat longer, so that not all come back at once. */
export const politePause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, (seconds || 2) * (1 + Math.random()) * 1_000))

/** Never throws: what went wrong is an answer too. */
export const call = async <A>(path: string, init: RequestInit = {}, retries = maxBusyRetries): Promise<Answer<A>> => {
  try {
    const response = await fetch(path, init)
    if (!response.ok) {
      const problem = await asProblem(response)
      if (problem.code !== "TooBusy" || retries === 0) return { ok: false, problem }
      await politePause(Number(response.headers.get("retry-after")))
      return await call(path, init, retries - 1)
    }
    return { ok: true, body: (await response.json()) as A, age: Number(response.headers.get("age") ?? 0) }
  } catch {
    return { ok: false, problem: unreachable }
  }
}
