import { signal } from "@preact/signals"
import type { Channels } from "../../../src/layers/contract/channelsSchema.ts"
import { call, type Problem } from "../api/httpClient.ts"
import { listen, reloadOnOtherLog, type Status } from "../api/serverEvents.ts"
import type { AsyncApiDocument } from "./asyncApiDocument.ts"

const debounceMillis = 200
const retryMillis = 2_000

export const asyncApi = signal<AsyncApiDocument>()
/** The newest message by channel; undefined while nothing was read. */
export const newest = signal<Channels["newest"]>()
export const status = signal<Status>("connecting")
/** Why the last read failed; undefined after a successful one. */
export const problem = signal<Problem>()

let timer: ReturnType<typeof setTimeout> | undefined
let isListening = false

const schedule = (millis: number) => {
  timer ??= setTimeout(() => {
    timer = undefined
    void readNewest()
  }, millis)
}

/** Whether some lane does not have the newest event of the log yet: the server copies a moment later. */
const isCopying = ({ newest }: Channels): boolean =>
  Object.entries(newest).some(([name, message]) => {
    const copy = newest[name.replace(/^log\./u, "lane.")]
    return message?.headers["ce-id"] !== copy?.headers["ce-id"]
  })

const readNewest = async () => {
  const answer = await call<Channels>("/channels")
  problem.value = answer.ok ? undefined : answer.problem
  if (!answer.ok) return schedule(retryMillis)
  const { body } = answer
  reloadOnOtherLog(body.log)
  newest.value = body.newest
  if (isCopying(body)) schedule(retryMillis)
  if (isListening) return
  isListening = true
  const onChange = () => schedule(debounceMillis)
  listen(body, "", { onEvent: onChange, onCounts: onChange }).subscribe((value) => void (status.value = value))
}

const readDocument = async (): Promise<void> => {
  const answer = await call<AsyncApiDocument>("/asyncapi.json")
  if (answer.ok) asyncApi.value = answer.body
  else {
    problem.value = answer.problem
    setTimeout(readDocument, retryMillis)
  }
}

/** Reads the document once, and the newest messages now and after each event. */
export const start = (): void => {
  void readDocument()
  void readNewest()
}
