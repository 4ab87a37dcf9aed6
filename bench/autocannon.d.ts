declare module "autocannon" {
  interface Request {
    method: string
    path: string
    headers: Record<string, string>
    body: string
  }
  interface Result {
    readonly "2xx": number
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
    /** Seconds. */
    readonly duration: number
    readonly latency: { readonly p50: number; readonly p99: number }
  }
  interface Options {
    readonly url: string
    readonly connections: number
    readonly duration?: number
    readonly amount?: number
    readonly timeout?: number
    readonly requests: ReadonlyArray<Omit<Request, "body"> & { readonly setupRequest: (request: Request) => Request }>
  }
  const run: (options: Options) => Promise<Result>
  export default run
}
