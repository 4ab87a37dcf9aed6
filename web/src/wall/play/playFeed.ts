import type { Blueprint } from "../../../../src/layers/contract/blueprintSchema.ts"
import { type FeedItem, onFeedItem } from "../feed.ts"
import { requestedPosition, showRejection, type Wall } from "../wallState.ts"
import { animation } from "./animation.ts"
import { commandsOf, commandsOfCounts, type PlayedCommand, rejectedCommand } from "./playedCommands.ts"
import { player } from "./player.ts"

const playedCommands = (item: FeedItem, board: Blueprint, key: string): ReadonlyArray<PlayedCommand> => {
  if (item.is === "events") return commandsOf(item.events, board)
  if (item.is === "counts") return commandsOfCounts(item.times, board, key)
  const { command, last, times } = item
  return [rejectedCommand({ command, actor: last.actor, name: last.type, times }, board, key)]
}

/** Elements of a picture by the value of an attribute. */
const elementsBy = (picture: SVGSVGElement, attribute: string) => {
  const elements = new Map(
    Array.from(picture.querySelectorAll(`[${attribute}]`), (element) => [element.getAttribute(attribute), element])
  )
  return (id: string) => elements.get(id) ?? null
}

/** Plays what the feed reports on the picture of the wall, until the result is called. The past plays nothing. */
export const playFeed = (picture: SVGSVGElement, { board, layout }: Wall): (() => void) => {
  const { light, send, stop } = animation(layout, {
    note: elementsBy(picture, "data-id"),
    arrow: elementsBy(picture, "data-arrow"),
    dots: picture.querySelector<SVGGElement>(".dots")!
  })
  const actors = board.slices.map(({ actor }) => actor)
  const { clear, show } = player(layout, actors, { light, send, reject: showRejection })
  const end = () => {
    clear()
    stop()
  }
  let nth = 0
  const unsubscribeFeed = onFeedItem((item) => {
    if (requestedPosition.value === undefined) playedCommands(item, board, `${nth++}`).forEach(show)
  })
  const unsubscribeTime = requestedPosition.subscribe((at) => at !== undefined && end())
  return () => {
    unsubscribeFeed()
    unsubscribeTime()
    end()
  }
}
