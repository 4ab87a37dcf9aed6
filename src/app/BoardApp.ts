import type { Config, Schema } from "effect"
import type { Actor, Board, Command } from "#domain/model/index.ts"

/** A command for an empty log. It always has the same id, so that it is executed once. */
export interface Seed {
  readonly command: Command.Any
  readonly input: object
  readonly actor: string
  readonly commandId: string
}

/** What an empty log on the app's own server begins with, such as the rooms of a hotel. */
export interface Seeds<Item = any> {
  /** In the plural, for the startup log and for the name of a file. */
  readonly name: string
  readonly item: Schema.Codec<Item, any>
  /** Read from the environment, as the app's own settings are. */
  readonly items: Config.Config<ReadonlyArray<Item>>
  readonly seedOf: (item: Item) => Seed
}

/** A board, and what an app of it needs beside the board. Paths are relative to the project's folder. */
export interface BoardApp {
  readonly board: Board.Any
  readonly seeds?: Seeds
  /** The paths of its own screens, which are pages in `web`, and the actors who may open them. */
  readonly screens: Readonly<Record<`/${string}`, ReadonlyArray<Actor.Actor>>>
  /** The folders of its code: results of its scenarios count for this code only. */
  readonly code: ReadonlyArray<string>
  /** The text that has its diagram, and the folder for the descriptions of its API. */
  readonly readme: string
  readonly documents: string
  /** The file with an event of each shape that logs have: a start refuses a board that cannot read them. */
  readonly samples: string
}
