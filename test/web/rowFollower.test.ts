import { assert, describe, it } from "@effect/vitest"
import { headers, type Msg } from "@nats-io/nats-core"
import { rowChange } from "../../web/src/live/natsLink.ts"
import { type Link, type LiveState, Refused, RowFollower } from "../../web/src/live/rowFollower.ts"
import { makeRowTracker, type RowChange, type Snapshot, type StoredRow } from "../../web/src/live/rowTracker.ts"

/** A bucket in memory, which publishes its changes. */
const makeBucket = () => {
  const rows = new Map<string, StoredRow>()
  let sequence = 0
  let time = 0
  const listeners = new Set<(change: RowChange) => void>()
  const store = (key: string, value?: string): RowChange => {
    const previous = rows.get(key)?.sequence ?? 0
    const change = { key, sequence: ++sequence, time: ++time, previous, ...(value !== undefined && { value }) }
    const { previous: _, ...row } = change
    rows.set(key, row)
    return change
  }
  return {
    listeners,
    put: (key: string, value?: string) => {
      const change = store(key, value)
      for (const listener of listeners) listener(change)
    },
    /** Stores a row whose publication nobody receives. */
    putUnheard: store,
    purge: () => rows.clear(),
    recreate: () => {
      rows.clear()
      sequence = 0
    },
    snapshot: (): Snapshot => ({ rows: [...rows.values()], upTo: sequence }),
    values: () =>
      Object.fromEntries([...rows.values()].flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])))
  }
}

const valuesOf = (rows: ReadonlyArray<StoredRow>) => Object.fromEntries(rows.map(({ key, value }) => [key, value]))

describe("Rows by a snapshot and changes", () => {
  const change = (key: string, sequence: number, previous: number): RowChange => ({
    key,
    sequence,
    previous,
    time: sequence,
    value: String(sequence)
  })

  it("are those of the snapshot and of later changes, and a change that the snapshot has is not applied again", () => {
    const tracker = makeRowTracker()
    tracker.reset({ rows: [change("a", 3, 0), change("b", 5, 4)], upTo: 6 })
    assert.strictEqual(tracker.apply(change("a", 3, 0)), "old")
    assert.strictEqual(tracker.apply(change("c", 4, 0)), "old")
    assert.strictEqual(tracker.apply(change("a", 7, 3)), "applied")
    assert.strictEqual(tracker.apply(change("a", 7, 3)), "old")
    assert.strictEqual(tracker.apply(change("c", 8, 0)), "applied")
    assert.deepStrictEqual(valuesOf(tracker.rows()), { b: "5", a: "7", c: "8" })
  })

  it("lack something if a change names another one before it than the one that is known", () => {
    const tracker = makeRowTracker()
    tracker.reset({ rows: [change("a", 3, 0)], upTo: 3 })
    assert.strictEqual(tracker.apply(change("a", 6, 5)), "gap")
    assert.strictEqual(tracker.apply(change("b", 6, 5)), "gap")
    assert.strictEqual(tracker.apply(change("a", 6, 0)), "gap")
    assert.deepStrictEqual(valuesOf(tracker.rows()), { a: "3" })
  })

  it("lack something if the bucket was recreated: its sequences begin again, and its times do not", () => {
    const tracker = makeRowTracker()
    tracker.reset({ rows: [change("a", 3, 0)], upTo: 3 })
    assert.strictEqual(tracker.apply({ ...change("a", 1, 0), time: 4 }), "gap")
  })

  it("are without those that were removed, and know them all the same", () => {
    const tracker = makeRowTracker()
    tracker.reset({ rows: [{ key: "a", sequence: 3, time: 3 }], upTo: 3 })
    assert.deepStrictEqual(tracker.rows(), [])
    assert.strictEqual(tracker.apply(change("a", 4, 3)), "applied")
    assert.deepStrictEqual(valuesOf(tracker.rows()), { a: "4" })
  })
})

describe("A message on the subject of changes", () => {
  const prefix = "$KV.booking-v1."
  const message = (of: Readonly<Record<string, string>>): Msg => {
    const all = headers()
    for (const [name, value] of Object.entries(of)) all.set(name, value)
    return { subject: "ui.hotel.booking-v1.forged", headers: all, string: () => "{}" } as Msg
  }
  const stored = {
    "Nats-Subject": `${prefix}1.2026-12-24`,
    "Nats-Sequence": "7",
    "Nats-Time-Stamp": "2026-12-24T10:00:00.123456789Z"
  }

  it("is a row by the headers that the server writes, whatever its subject", () => {
    assert.deepStrictEqual(rowChange(message({ ...stored, "Nats-Last-Sequence": "3" }), prefix), {
      key: "1.2026-12-24",
      sequence: 7,
      previous: 3,
      time: Date.parse("2026-12-24T10:00:00.123Z"),
      value: "{}"
    })
    const removed = rowChange(message({ ...stored, "Nats-Last-Sequence": "3", "KV-Operation": "PURGE" }), prefix)
    assert.notProperty(removed, "value")
  })

  it("is none if it is an answer to a request, which another browser had sent here", () => {
    assert.isUndefined(rowChange(message(stored), prefix))
    assert.isUndefined(rowChange(message({ ...stored, "Nats-Last-Sequence": "3", "Nats-Num-Pending": "1" }), prefix))
    assert.isUndefined(rowChange(message({}), prefix))
    assert.isUndefined(rowChange(message({ ...stored, "Nats-Last-Sequence": "3" }), "$KV.rooms-v1."))
  })
})

interface FakeLink extends Link {
  readonly session: number
  readonly end: (how: "expired" | "lost") => void
  isOpen: boolean
}

/** A follower of a bucket, whose sessions are numbers. Its renewals happen when the test calls `renew`. */
const follow = (bucket = makeBucket()) => {
  const links: Array<FakeLink> = []
  const states: Array<LiveState> = []
  const sessions: Array<number | undefined> = []
  const shown: Array<Readonly<Record<string, unknown>>> = []
  const renewals: Array<() => void> = []
  const failures: Array<Error> = []
  const fake = { beforeSnapshot: async () => {} }
  const lifetimeSeconds = 1_000
  const follower = new RowFollower<{ readonly id: number; readonly lifetimeSeconds: number }>({
    open: async (previous) => {
      sessions.push(previous?.id)
      const failure = failures.shift()
      if (failure) throw failure
      return { id: sessions.length, lifetimeSeconds }
    },
    connect: async ({ id }, onChange) => {
      const { promise, resolve } = Promise.withResolvers<"expired" | "lost">()
      const listener = (change: RowChange) => onChange(change)
      const link: FakeLink = {
        session: id,
        isOpen: true,
        ended: promise,
        end: (how) => {
          link.isOpen = false
          bucket.listeners.delete(listener)
          resolve(how)
        },
        close: () => link.end("lost"),
        snapshot: async () => {
          await fake.beforeSnapshot()
          return bucket.snapshot()
        }
      }
      bucket.listeners.add(listener)
      links.push(link)
      return link
    },
    onRows: (rows) => void shown.push(valuesOf(rows)),
    onState: (state) => void states.push(state),
    // Pauses after failures are short; renewals, which are long, wait for the test.
    sleep: (millis) => (millis < 100_000 ? Promise.resolve() : new Promise<void>((resolve) => renewals.push(resolve)))
  })
  follower.start()
  // Everything that the fakes do is done before the event loop turns.
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    bucket,
    fake,
    failures,
    links,
    states,
    sessions,
    settled,
    shown: () => shown.at(-1),
    shownCount: () => shown.length,
    renew: () => renewals.at(-1)!(),
    stop: () => follower.stop()
  }
}

describe("A follower of rows", () => {
  it("shows the snapshot, then each change", async () => {
    const { bucket, settled, shown, states, stop } = follow()
    bucket.put("a", "1")
    await settled()
    assert.deepStrictEqual(shown(), { a: "1" })
    bucket.put("b", "1")
    bucket.put("a", "2")
    assert.deepStrictEqual(shown(), { b: "1", a: "2" })
    bucket.put("b")
    assert.deepStrictEqual(shown(), { a: "2" })
    assert.deepStrictEqual(states, ["connecting", "live"])
    stop()
  })

  it("misses no change while it reads the snapshot", async () => {
    const { bucket, fake, settled, shown, stop } = follow()
    let n = 0
    fake.beforeSnapshot = async () => bucket.put("a", String(++n))
    await settled()
    bucket.put("b", "1")
    assert.deepStrictEqual(shown(), { a: "1", b: "1" })
    stop()
  })

  it("reads a snapshot again when it has missed a change, also if the bucket was purged or recreated", async () => {
    const { bucket, settled, shown, states, stop } = follow()
    bucket.put("a", "1")
    await settled()
    const repairs: ReadonlyArray<() => void> = [() => bucket.putUnheard("a", "2"), bucket.purge, bucket.recreate]
    for (const miss of repairs) {
      miss()
      bucket.put("a", "3")
      assert.strictEqual(states.at(-1), "behind")
      await settled()
      assert.strictEqual(states.at(-1), "live")
      assert.deepStrictEqual(shown(), bucket.values())
    }
    stop()
  })

  it("renews its token in the same session, and takes over without losing a change or showing one twice", async () => {
    const { bucket, fake, links, renew, sessions, settled, shown, shownCount, states, stop } = follow()
    bucket.put("a", "1")
    await settled()
    fake.beforeSnapshot = async () => bucket.put("b", "while both are open")
    renew()
    await settled()
    assert.deepStrictEqual(sessions, [undefined, 1])
    assert.deepStrictEqual(
      links.map(({ isOpen }) => isOpen),
      [false, true]
    )
    const before = shownCount()
    bucket.put("a", "2")
    assert.strictEqual(shownCount(), before + 1)
    assert.deepStrictEqual(shown(), { a: "2", b: "while both are open" })
    assert.notInclude(states.slice(1).join(), "connecting")
    assert.deepStrictEqual(new Set(states), new Set<LiveState>(["connecting", "live"]))
    stop()
  })

  it("stays live when a renewal fails and the connection works, and tries again", async () => {
    const { bucket, failures, links, renew, settled, shown, states, stop } = follow()
    await settled()
    failures.push(new Error("offline"), new Refused("too many"))
    renew()
    await settled()
    bucket.put("a", "1")
    assert.deepStrictEqual(shown(), { a: "1" })
    assert.deepStrictEqual([...new Set(states)], ["connecting", "live"])
    assert.lengthOf(links, 2)
    stop()
  })

  it("connects again after its connection is lost or its token has expired, and shows what happened meanwhile", async () => {
    const { bucket, links, settled, shown, states, stop } = follow()
    bucket.put("a", "1")
    await settled()
    for (const how of ["lost", "expired"] as const) {
      links.at(-1)!.end(how)
      bucket.put("a", how)
      await settled()
      assert.deepStrictEqual(shown(), { a: how })
    }
    assert.deepStrictEqual(states, ["connecting", "live", "reconnecting", "live", "expired", "live"])
    stop()
  })

  it("says that it is denied, and begins a new session", async () => {
    const { failures, links, sessions, settled, states, stop } = follow()
    await settled()
    failures.push(new Refused("no"))
    links.at(-1)!.end("lost")
    await settled()
    assert.deepStrictEqual(states, ["connecting", "live", "reconnecting", "denied", "live"])
    assert.deepStrictEqual(sessions, [undefined, 1, undefined])
    stop()
  })
})
