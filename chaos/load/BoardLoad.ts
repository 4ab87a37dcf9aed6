import type { Effect } from "effect"
import type { Board, Event, Slice } from "#domain/model/index.ts"
import type { Invariant } from "../checker/Evidence.ts"
import type { Outcome } from "../history.ts"

/** A command by name, and its input. */
export interface CommandCall {
  readonly command: string
  readonly input: object
}

/** A client of the board's API. */
export interface Client {
  /** Sends a new command with an id of its own, until it has a definite answer. */
  readonly request: (command: CommandCall) => Effect.Effect<Outcome>
  /** Sends a new command to all apps at once with one id. */
  readonly sendTwice: (command: CommandCall) => Effect.Effect<void>
  /** Reads a row, at least as new as a position of the log. */
  readonly readRow: (path: string, after: number) => Effect.Effect<void>
  /** Waits, so that all clients together send the commands of a second. */
  readonly pause: Effect.Effect<void>
  /** Whether no new commands are wanted. */
  readonly isStopped: () => boolean
}

/** What a board brings to a run: commands for clients and faults, and invariants of its own. A run has one of its own, since it counts. */
export interface BoardLoad {
  readonly board: Board.Any
  /** The commands that come first, such as those that add rooms. */
  readonly first: ReadonlyArray<CommandCall>
  /** One step of a client: some commands, often rejected. */
  readonly step: (client: Client) => Effect.Effect<void>
  /** Commands that want the same thing, of which at most some succeed. */
  readonly rush: (count: number) => ReadonlyArray<CommandCall>
  /** Commands that store several messages each, of which some contend for an event stream, and the commands before them. */
  readonly batches: (count: number) => {
    readonly before: ReadonlyArray<CommandCall>
    readonly batches: ReadonlyArray<CommandCall>
  }
  /** A view and an automation with much to do; the automation is missing if the load triggers none. */
  readonly busy: { readonly view: Slice.View<any, any>; readonly automation?: Slice.AnyAutomation }
  /** A type, and the beginning of a subject in an event stream of it that no command uses. */
  readonly unused: { readonly event: Event.Any; readonly prefix: Effect.Effect<string> }
  /** Invariants that follow from its rules, checked without them. */
  readonly invariants: ReadonlyArray<Invariant>
}
