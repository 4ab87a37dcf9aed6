import { layer } from "@effect/vitest"
import { library } from "#test/boards/libraryBoard.ts"
import type { Backend } from "#test/support/backends.ts"
import * as Audit from "./models/auditModel.ts"
import * as EventLog from "./models/eventLogModel.ts"
import * as KeyValue from "./models/keyValueModel.ts"
import * as Subscriptions from "./models/subscriptionsModel.ts"

/** Each service behaves as a simple model on a list or a map, for any operations. All share one server. */
export const models = (backend: Backend, runs: number) =>
  layer(backend.services(library), { excludeTestServices: true })(`On ${backend.name}, for any operations`, (it) => {
    const upTo = (part: number, size = 60) => ({
      arbitrary: { runs: Math.ceil(runs * part), size },
      timeout: 120_000
    })
    it.effect.prop(
      "a log behaves as a list",
      [EventLog.anyOperations],
      ([all]) => EventLog.behavesAsAList(all),
      upTo(1)
    )
    it.effect.prop(
      "a bucket behaves as a map",
      [KeyValue.anyOperations],
      ([all]) => KeyValue.behavesAsAMap(all),
      upTo(1)
    )
    it.effect.prop(
      "an audit behaves as a list of entries, each once",
      [Audit.anyWrites],
      ([all]) => Audit.behavesAsAListOfIds(all),
      upTo(0.3)
    )
    it.effect.prop(
      "a consumer behaves as a cursor",
      [Subscriptions.anyOperations],
      ([all]) => Subscriptions.behavesAsACursor(all),
      upTo(0.15)
    )
  })
