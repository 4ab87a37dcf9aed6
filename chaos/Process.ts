import type { ChildProcess } from "node:child_process"

const killTimeoutMillis = 5_000

/** A program that is started, signalled, ended and restarted. */
export class Process {
  readonly #spawn: () => ChildProcess
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(spawn: () => ChildProcess) {
    this.#spawn = spawn
  }

  get child(): ChildProcess | undefined {
    return this.#child
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it has ended, or if it was never started. */
  get ended(): Promise<void> {
    return this.#ended
  }

  start(): void {
    const child = this.#spawn()
    this.#child = child
    this.#ended = new Promise((resolve) => {
      child.once("exit", () => resolve())
      child.once("error", () => resolve())
    })
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child!.kill(signal)
  }

  /** Sends the signal, and SIGKILL if SIGTERM does not end it in 5 s; a stopped process is continued first. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (!this.isRunning) return
    this.signal("SIGCONT")
    this.signal(signal)
    const timer = setTimeout(() => this.signal("SIGKILL"), killTimeoutMillis)
    await this.#ended
    clearTimeout(timer)
  }
}
