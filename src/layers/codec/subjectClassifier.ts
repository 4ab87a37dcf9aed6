import { Board, Name } from "#domain/model/index.ts"
import * as Subject from "./Subject.ts"

/** What a subject of the log says: a fact of the board, or something that it does not know. */
export interface SubjectKind {
  /** The fact's name; else the subject's last token, or all but its key where that token is a fact's elsewhere. */
  readonly type: string
  /** The lane's stream; `undefined` for what is not on the board. */
  readonly lane: string | undefined
}

/** Tells the subjects of a log apart. */
export const subjectClassifier = (board: Board.Any): ((subject: string) => SubjectKind) => {
  const knownTypes = new Map(
    board.lanes.flatMap((lane) =>
      lane.events.map(({ identifier }) => {
        const head = Subject.typeFilter(board, lane, identifier).split("*")[0]!
        return [Name.kebab(identifier), { head, kind: { type: identifier, lane: lane.name } }] as const
      })
    )
  )
  return (subject) => {
    const token = Subject.typeToken(subject)
    const match = knownTypes.get(token)
    if (!match) return { type: token, lane: undefined }
    const key = subject.slice(match.head.length, -token.length - 1)
    if (subject.startsWith(match.head) && !key.includes(".")) return match.kind
    return { type: subject, lane: undefined }
  }
}
