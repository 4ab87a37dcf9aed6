import type { JetStreamManager } from "@nats-io/jetstream"

/** Fails unless the two newest messages of this type have the same headers: otherwise a comparison would be unfair. */
export const assertSameHeaders = async (manager: JetStreamManager, stream: string, type: string): Promise<void> => {
  const name = stream.slice(0, stream.indexOf("."))
  const { state } = await manager.streams.info(name)
  const shapes: Array<string> = []
  for (let seq = state.last_seq; seq > 0 && shapes.length < 2; seq--) {
    const message = await manager.streams.getMessage(name, { seq })
    const headers = message?.header
    if (headers?.get("ce-type") !== type) continue
    shapes.push(
      `${headers
        .keys()
        .toSorted()
        .map((header) => `${header}:${headers.get(header).length}`)
        .join(" ")} | ${message!.data.length > 0}`
    )
  }
  if (shapes.length !== 2 || shapes[0] !== shapes[1]) throw new Error(`not the same message:\n${shapes.join("\n")}`)
}
