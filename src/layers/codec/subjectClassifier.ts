import { type Board, Lane, Name } from "#domain/model/index.ts"
import * as Subject from "./Subject.ts"

/** The event type that a subject of the log names; the board may not know it. */
export interface SubjectKind {
  /** The event type; for an unknown one the subject's last token, or the whole subject if that token names an event type. */
  readonly type: string
  /** The name of its lane; `undefined` if the type is unknown. */
  readonly lane: string | undefined
  /** Whether the message serves decisions only: it is a copy of an event in a further boundary, or a check. */
  readonly isAuxiliary?: boolean
}

/** Classifies the subjects of a log by the event types of the board. */
export const subjectClassifier = (board: Board.Any): ((subject: string) => SubjectKind) => {
  const knownTypes = new Map(
    board.lanes.flatMap((lane) =>
      Lane.storedShapes(lane).map(({ identifier }) => {
        const head = Subject.typeFilter(board, lane, identifier).split("*")[0]!
        return [Name.kebab(identifier), { head, kind: { type: identifier, lane: lane.name } }] as const
      })
    )
  )
  return (subject) => {
    const token = Subject.typeToken(subject)
    if (Subject.isAuxiliary(subject)) {
      const { lane, type = token } = knownTypes.get(token)?.kind ?? {}
      return { type, lane, isAuxiliary: true }
    }
    const match = knownTypes.get(token)
    if (!match) return { type: token, lane: undefined }
    const key = subject.slice(match.head.length, -token.length - 1)
    if (subject.startsWith(match.head) && !key.includes(".")) return match.kind
    return { type: subject, lane: undefined }
  }
}
