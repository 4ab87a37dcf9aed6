import { Board, type Boundary, Command, KeyToken, type Lane, Name } from "#domain/model/index.ts"

/**
 * The format of the log's subjects: `<board>.<boundary>.<lane>.<key>.<event type>`, such as
 * `hotel.room-night.booking.1_2022-12-12.room-booked`.
 */
const subjectOf = (board: Board.Any, boundary: string, lane: string, key: string, type: string) =>
  `${board.name}.${boundary}.${lane}.${key}.${type}`

/** The subject of events of this type in this event stream. */
export const eventSubject = (
  board: Board.Any,
  { boundary, key }: Boundary.StreamId,
  lane: Lane.Any,
  type: string
): string => subjectOf(board, boundary, lane.prefix, key, Name.kebab(type))

/**
 * The first character of a token that no lane has. Messages with it serve decisions only: copies of events in further
 * boundaries, checks, and marks of commands. No other reader of the log takes them for events.
 */
const auxiliaryMark = "@"

/** The subject of a copy of such an event in another event stream: `courses.student.@subscriptions.s1.student-subscribed`. */
export const copySubject = (
  board: Board.Any,
  { boundary, key }: Boundary.StreamId,
  lane: Lane.Any,
  type: string
): string => subjectOf(board, boundary, auxiliaryMark + lane.prefix, key, Name.kebab(type))

/**
 * The subject of a message that only has a guard: the server checks none without a message, and an atomic write may have
 * more guards than events.
 */
export const checkSubject = (board: Board.Any): string => `${board.name}.${auxiliaryMark}check`

/** The subject of the message that marks a command as stored, so that one read finds its id among all commands. */
export const commandMarkSubject = (board: Board.Any, commandId: string): string =>
  `${board.name}.${auxiliaryMark}command.${KeyToken.encode(commandId)}`

/** Whether a message is a check or the mark of a command: no event, and of no event stream. */
export const isNoEvent = (subject: string): boolean => {
  const [, token = ""] = subject.split(".")
  return token === `${auxiliaryMark}check` || token === `${auxiliaryMark}command`
}

/** Whether a message serves decisions only: a copy of an event, a check, or the mark of a command. */
export const isAuxiliary = (subject: string): boolean => subject.includes(`.${auxiliaryMark}`)

/** The filter for all events of an event stream, of any lane. Reads and guards use exactly this string. */
export const streamFilter = (board: Board.Any, { boundary, key }: Boundary.StreamId): string =>
  subjectOf(board, boundary, "*", key, "*")

/** The filter for all events of one type, in any event stream. */
export const typeFilter = (board: Board.Any, lane: Lane.Any, type: string): string =>
  subjectOf(board, lane.boundary.name, lane.prefix, "*", Name.kebab(type))

/** The filter for all events of a lane. */
export const laneFilter = (board: Board.Any, lane: Lane.Any): string =>
  subjectOf(board, lane.boundary.name, lane.prefix, "*", "*")

/**
 * The narrowest single filter that matches all these types; it may match others. For a consumer with several filters the
 * server searches subject by subject: with 5,000 event streams it delivered 2,000 events a second instead of 100,000.
 */
export const commonFilter = (board: Board.Any, types: ReadonlyArray<string>): string => {
  const lanes = Board.laneOf(board)
  const tokens = types.map((type) => typeFilter(board, lanes.get(type)!, type).split("."))
  return (tokens[0] ?? [">"]).map((token, n) => (tokens.every((other) => other[n] === token) ? token : "*")).join(".")
}

/**
 * The subject of an event in the JetStream stream of its lane, which `streamSpecs` lets the server derive. `key` is the key
 * of its event stream as one token: `1_2022-12-12` gives `booking.1.2022-12-12.1_2022-12-12`.
 */
export const publishedSubject = ({ prefix }: Lane.Any, key: string): string =>
  [prefix, ...key.split("_"), key].join(".")

/** The filter for all events in the JetStream stream of a lane. */
export const publishedFilter = ({ prefix }: Lane.Any): string => `${prefix}.>`

/** Whether a command may expect more event streams than it emits events, so that checks are stored, or may be marked. */
const mayStoreOthers = (command: Command.Any): boolean => {
  const expected = Command.reads(command).filter(({ use }) => use !== "trusts")
  return expected.length > 1 || expected.some(({ read }) => read.many || read.projection.history !== undefined)
}

/** Whether the log of a board may have messages that serve decisions only. */
export const mayHaveAuxiliary = (board: Board.Any): boolean =>
  board.lanes.some(({ also = [] }) => also.length > 0) || Board.commands(board).some(mayStoreOthers)

/** Filters that together match every event, and neither copies, checks nor marks. One filter where a board has none of these. */
export const originalFilters = (board: Board.Any): ReadonlyArray<string> =>
  mayHaveAuxiliary(board) ? board.lanes.map((lane) => laneFilter(board, lane)) : [logFilter(board)]

/** The filter for the whole log. */
export const logFilter = (board: Board.Any): string => `${board.name}.>`

/** The last token of a log subject: the event type in kebab case. */
export const typeToken = (subject: string): string => subject.slice(subject.lastIndexOf(".") + 1)

/** The type of a log subject, as the board names it; the subject's last token if it is none of these types. */
export const typeName = (types: ReadonlyArray<string>, subject: string): string =>
  types.find((type) => Name.kebab(type) === typeToken(subject)) ?? typeToken(subject)

/** The event stream of a log subject: `room-night/1_2022-12-12`; the subject itself if it has too few tokens. */
export const streamIdOf = (subject: string): string => {
  const [, boundary, , key, type] = subject.split(".")
  return type === undefined ? subject : `${boundary}/${key}`
}

/** Whether a log subject is of one of these types, and not of a copy. */
export const matchesTypes = (types: ReadonlyArray<string>): ((subject: string) => boolean) => {
  const tokens = new Set(types.map(Name.kebab))
  return (subject) => tokens.has(typeToken(subject)) && !isAuxiliary(subject)
}

/** The subject on which the app takes this command as a request: `cmd.hotel.BookRoom`. No stream stores it. */
export const commandSubject = (board: Pick<Board.Any, "name">, command: { readonly name: string }): string =>
  `cmd.${board.name}.${command.name}`

/** The queue group of all instances: each request reaches one of them. The name is the default of ADR-32. */
export const commandQueueGroup = "q"

/** The subject to which automations send messages of this type: `msg.library.ReturnConfirmed`. */
export const messageSubject = (board: Pick<Board.Any, "name">, message: { readonly identifier: string }): string =>
  `msg.${board.name}.${message.identifier}`
