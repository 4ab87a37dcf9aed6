export interface World {
  readonly env: Record<string, string | undefined>
  readonly platform: string
  readonly arch: string
  /** Folder of the cached copy. */
  readonly cache: string
  /** Address below which `v<version>/<asset>` is found. */
  readonly releases: string
  /** SHA-256 of the release's archives, by `<platform>-<architecture>` as in their names. */
  readonly sha256: Record<string, string>
  /** The folder of apt's sources: `/etc/apt`. */
  readonly aptDirectory: string
  /** A download fails after this time without a byte. */
  readonly idleTimeoutMillis: number
  readonly log: (line: string) => void
  /** Cancels a search. */
  readonly signal?: AbortSignal
}
export declare const machine: () => World
export declare const find: (world: World) => Promise<string | undefined>
export declare const build: (world: World) => Promise<string | undefined>
export declare const isGood: (version: string) => boolean
export declare const main: (args: ReadonlyArray<string>, world?: World) => Promise<void>
