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

/** Never throws: what went wrong is an answer too. */
export const call = async <A>(path: string, init: RequestInit = {}): Promise<Answer<A>> => {
  try {
    const response = await fetch(path, init)
    if (!response.ok) return { ok: false, problem: await asProblem(response) }
    return { ok: true, body: (await response.json()) as A, age: Number(response.headers.get("age") ?? 0) }
  } catch {
    return { ok: false, problem: unreachable }
  }
}
